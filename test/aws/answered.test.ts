import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OutcomeUnknown } from '../../core/slots/slot-store.ts';
import { answered } from '../../platform/aws/dynamodb/answered.ts';

const named = (name: string, more: object = {}): Error => Object.assign(new Error(name), { name, ...more });

describe('a request to DynamoDB', () => {
  it('has an end, also when the SDK waits for something else than the network', async () => {
    await assert.rejects(
      answered(() => new Promise(() => {}), { time: 30 }),
      OutcomeUnknown,
    );
  });

  it('is sent again as long as it was surely not done, and then answered', async () => {
    const troubles = [
      named('ThrottlingException'),
      named('RequestLimitExceeded'),
      named('Error', { code: 'ECONNREFUSED' }),
      named('TimeoutError', { code: 'ECONNRESET' }),
      named('TimeoutError'), // how the SDK calls a connection that did not come about in time
    ];
    let broken = 0;
    const broke = (): void => {
      broken += 1;
    };
    const send = async (): Promise<string> => {
      const trouble = troubles.shift();
      if (trouble !== undefined) throw trouble;
      return 'answer';
    };
    assert.equal(await answered(send, { time: 5_000, broke }), 'answer');
    assert.equal(broken, 1, 'of these only a broken connection leaves a copy behind');
  });

  for (const [what, error] of [
    ['its reply did not come', named('TimeoutError', { code: 'ETIMEDOUT' })],
    ['DynamoDB failed', named('InternalServerError', { $metadata: { httpStatusCode: 500 } })],
    ['its reply could not be read', new SyntaxError('Unexpected token <')],
  ] as const) {
    it(`is sent once, with an unknown outcome, when ${what}`, async () => {
      let sent = 0;
      const send = (): Promise<never> => {
        sent += 1;
        return Promise.reject(error);
      };
      await assert.rejects(answered(send), (thrown) => thrown instanceof OutcomeUnknown && thrown.cause === error);
      assert.equal(sent, 1);
    });
  }

  it('that was a mistake of ours is told as what it is', async () => {
    for (const name of ['ValidationException', 'AccessDeniedException', 'ResourceNotFoundException', 'CredentialsProviderError']) {
      const mistake = named(name, { $metadata: { httpStatusCode: 400 } });
      await assert.rejects(
        answered(() => Promise.reject(mistake)),
        mistake,
      );
    }
  });
});
