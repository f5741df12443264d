import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectFailed, ConnectionBroken, type Outgoing, type RecipientResult } from '../../core/delivery/transport.ts';
import type { Address, ReversePath } from '../../core/values/address.ts';
import type { RawMessage, SesCalls } from '../../platform/aws/ses/client.ts';
import { OctetBudget } from '../../platform/aws/ses/octet-budget.ts';
import { sesService } from '../../platform/aws/ses/sending-service.ts';

const never = new AbortController().signal;

/** An error as the SDK throws it for an answer of SES. */
const said = (name: string, message: string, status = 400): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

type Answer = (message: RawMessage) => string | Error;

async function scene(answer: Answer = () => 'id-1') {
  const sent: RawMessage[] = [];
  const pauses: number[] = [];
  const calls: SesCalls = {
    ready: async () => {},
    send: async (message) => {
      sent.push(message);
      const given = answer(message);
      if (given instanceof Error) throw given;
      return given;
    },
  };
  const clock = { sleep: async (ms: number) => void pauses.push(ms) };
  const service = sesService({ clock, region: 'eu-west-1', open: async () => calls });
  return { service, connection: await service.connect(never), sent, pauses };
}

const report = 'From: Mail <MAILER-DAEMON@Example.ORG>\r\nSubject: failed\r\n\r\nsorry\r\n';

function outgoing(
  to: readonly string[],
  { text = 'From: a@example.org\r\n\r\nhi\r\n', ...others }: Partial<Outgoing> & { text?: string } = {},
): Outgoing {
  const octets = Buffer.from(text);
  return {
    reversePath: 'a@example.org' as ReversePath,
    recipients: to.map((address) => ({ address: address as Address })),
    declared: { eightBit: false, utf8: false },
    size: octets.length,
    async *read() {
      yield octets.subarray(0, 5);
      yield octets.subarray(5);
    },
    ...others,
  };
}

const inShort = (results: readonly RecipientResult[]): readonly string[] =>
  results.map((one) => {
    const codes = /^(?:\d{3} )?\d\.\d\.\d+/.exec(one.reply)?.[0];
    return `${one.address} ${one.result === 'accepted' ? 'accepted' : one.permanent ? 'refused' : 'later'} ${codes}`;
  });

describe('a message by SES', () => {
  it('is one call with all its octets and recipients, and the id that SES gave it is told', async () => {
    const { service, connection, sent } = await scene(() => '0102-abc');
    assert.equal(service.host, 'email.eu-west-1.amazonaws.com');
    const results = await connection.send(outgoing(['b@example.net', 'c@bücher.example']));
    assert.deepEqual(
      sent.map(({ from, to, data }) => [from, to, Buffer.from(data).toString()]),
      [['a@example.org', ['b@example.net', 'c@xn--bcher-kva.example'], 'From: a@example.org\r\n\r\nhi\r\n']],
    );
    assert.deepEqual(results[1], {
      address: 'c@bücher.example',
      result: 'accepted',
      reply: '250 2.0.0 Ok, SES has it as 0102-abc',
      relayed: true,
    });
    assert.deepEqual(connection.takeDialogue(), [
      '> SendEmail from <a@example.org> to <b@example.net> <c@bücher.example>, 27 octets',
      '< 200 0102-abc',
    ]);
    assert.deepEqual(connection.takeDialogue(), []);
  });

  it('with the null reverse-path goes from the mailer-daemon of the domain in its From', async () => {
    const { connection, sent } = await scene();
    assert.deepEqual(inShort(await connection.send(outgoing(['b@example.net'], { reversePath: '', requireTls: true, text: report }))), [
      'b@example.net accepted 250 2.0.0',
    ]);
    assert.equal(sent[0]?.from, 'mailer-daemon@example.org');
    const without = await connection.send(
      outgoing(['b@example.net'], { reversePath: '', text: 'Subject: x\r\n\r\nFrom: b@example.com\r\n' }),
    );
    assert.deepEqual([inShort(without), sent.length], [['b@example.net refused 5.6.0'], 1]);
  });

  it('to more than fifty is several calls; what comes after one that went well is never thrown away', async () => {
    const many = Array.from({ length: 120 }, (_, i) => `r${i}@example.net`);
    const whole = await scene();
    assert.equal((await whole.connection.send(outgoing(many))).filter(({ result }) => result === 'accepted').length, 120);
    assert.deepEqual(
      whole.sent.map(({ to }) => to.length),
      [50, 50, 20],
    );
    let calls = 0;
    const cut = await scene(() => (++calls === 2 ? new Error('socket hang up') : 'id'));
    const told = await cut.connection.send(outgoing(many));
    assert.equal(told.filter((one) => one.result === 'refused' && one.unsure === true).length, 50);
    const results = inShort(told);
    assert.deepEqual(
      [results[49], results[50], results[100]],
      ['r49@example.net accepted 250 2.0.0', 'r50@example.net later 4.4.2', 'r100@example.net accepted 250 2.0.0'],
    );
  });

  it('that SES can not take is not offered to it', async () => {
    const { connection, sent } = await scene();
    const to = ['b@example.net'];
    const refusedFor = async (others: Partial<Outgoing>) => inShort(await connection.send(outgoing(to, others)))[0];
    assert.equal(await refusedFor({ size: 40 * 1024 * 1024 + 1 }), 'b@example.net refused 5.3.4');
    assert.equal(await refusedFor({ declared: { eightBit: true, utf8: true } }), 'b@example.net refused 5.6.7');
    assert.equal(await refusedFor({ reversePath: 'jürgen@example.org' as Address }), 'b@example.net refused 5.6.7');
    assert.equal(await refusedFor({ requireTls: true }), 'b@example.net refused 5.7.30');
    assert.equal(sent.length, 0);
    assert.deepEqual(inShort(await connection.send(outgoing(['jürgen@example.net', ...to]))), [
      'b@example.net accepted 250 2.0.0',
      'jürgen@example.net refused 5.6.7',
    ]);
  });

  const answers: readonly (readonly [error: Error, result: string])[] = [
    [said('MessageRejected', 'Message contains a virus'), 'refused 554 5.6.0'],
    [
      said(
        'MessageRejected',
        'Email address is not verified. The following identities failed the check in region EU-WEST-1: a@example.org',
      ),
      'later 454 4.3.5',
    ],
    [said('MailFromDomainNotVerifiedException', 'the MAIL FROM domain is not there'), 'later 454 4.3.5'],
    [said('AccountSuspendedException', 'suspended'), 'later 454 4.3.5'],
    [said('SendingPausedException', 'paused'), 'later 454 4.3.5'],
    [said('LimitExceededException', 'Daily message quota exceeded.'), 'later 454 4.4.5'],
    [said('TooManyRequestsException', 'Daily message quota exceeded.', 429), 'later 454 4.4.5'],
    [said('BadRequestException', 'Invalid recipient'), 'refused 554 5.6.0'],
    [said('BadRequestException', 'Message length is more than 41943040 bytes long'), 'refused 552 5.3.4'],
    [said('AccessDeniedException', 'not authorized to perform ses:SendEmail', 403), 'later 454 4.3.5'],
    [said('ExpiredTokenException', 'the token is old', 403), 'later 454 4.3.5'],
    [said('InternalServiceErrorException', 'sorry', 500), 'later 451 4.3.0'],
  ];
  for (const [error, result] of answers) {
    it(`${error.name}: ${error.message.slice(0, 40)}: ${result}`, async () => {
      const { connection, pauses } = await scene(() => error);
      const [got] = await connection.send(outgoing(['b@example.net']));
      assert.deepEqual(inShort(got === undefined ? [] : [got]), [`b@example.net ${result}`]);
      assert.ok(got?.reply.includes(error.message.slice(0, 40)));
      assert.deepEqual(pauses, []);
    });
  }

  it('is sent again, with pauses, while SES says that we are too fast; not for ever', async () => {
    let left = 2;
    const slow = await scene(() => (left-- > 0 ? said('TooManyRequestsException', 'Maximum sending rate exceeded.', 429) : 'id'));
    assert.deepEqual(inShort(await slow.connection.send(outgoing(['b@example.net']))), ['b@example.net accepted 250 2.0.0']);
    assert.deepEqual(slow.pauses, [1000, 2000]);
    const stuck = await scene(() => said('TooManyRequestsException', 'Maximum sending rate exceeded.', 429));
    assert.deepEqual(inShort(await stuck.connection.send(outgoing(['b@example.net']))), ['b@example.net later 454 4.4.5']);
    assert.equal(stuck.sent.length, 4);
  });

  it('goes to the others when one recipient is no address for SES, or not verified in the sandbox', async () => {
    const to = ['b@example.net', 'bad@example.net', 'c@example.net', 'd@example.net', 'e@example.net'];
    const isBad = ({ to: those }: RawMessage): boolean => those.includes('bad@example.net');
    const taken = to.filter((one) => !one.startsWith('bad')).map((one) => `${one} accepted 250 2.0.0`);
    const odd = await scene((message) => (isBad(message) ? said('BadRequestException', 'Illegal address') : 'id'));
    assert.deepEqual(
      inShort(await odd.connection.send(outgoing(to))).toSorted(),
      ['bad@example.net refused 554 5.6.0', ...taken].toSorted(),
    );
    const sandbox = 'Email address is not verified. The following identities failed the check in region US-EAST-1: bad@example.net';
    const boxed = await scene((message) => (isBad(message) ? said('MessageRejected', sandbox) : 'id'));
    assert.deepEqual(
      inShort(await boxed.connection.send(outgoing(to))).toSorted(),
      ['bad@example.net later 454 4.3.5', ...taken].toSorted(),
    );
    assert.equal(boxed.sent.length, 2);
  });

  it('of which SES said nothing may have been sent; one that never left was not', async () => {
    const hung = await scene(() => new Error('socket hang up'));
    await assert.rejects(
      hung.connection.send(outgoing(['b@example.net'])),
      (error) => error instanceof ConnectionBroken && error.afterData,
    );
    const closed = await scene(() => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    await assert.rejects(
      closed.connection.send(outgoing(['b@example.net'])),
      (error) => error instanceof ConnectionBroken && !error.afterData,
    );
  });
});

describe('SES without region or credentials', () => {
  it('is no way out for now, and is looked at anew the next time', async () => {
    let there = false;
    const calls: SesCalls = {
      ready: async () => {
        if (!there) throw new Error('Region is missing');
      },
      send: async () => 'id',
    };
    const service = sesService({ clock: { sleep: async () => {} }, open: async () => calls });
    await assert.rejects(
      service.connect(never),
      (error) => error instanceof ConnectFailed && error.stage === 'auth' && /Region is missing/.test(error.message),
    );
    there = true;
    assert.equal((await (await service.connect(never)).send(outgoing(['b@example.net'])))[0]?.result, 'accepted');
  });
});

describe('octets in memory', () => {
  it('are never more than the budget, and who waits gets them in order', async () => {
    const budget = new OctetBudget(10);
    const order: string[] = [];
    const first = await budget.take(6);
    const second = budget.take(6).finally(() => void order.push('second'));
    const third = budget.take(2).finally(() => void order.push('third'));
    await new Promise(setImmediate);
    assert.deepEqual(order, []);
    first();
    first();
    (await second)();
    (await third)();
    assert.deepEqual(order, ['second', 'third']);
    (await budget.take(10))();
  });
});
