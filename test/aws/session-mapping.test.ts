import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  GetEventSourceMappingCommand,
  type LambdaClient,
  ResourceInUseException,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { boundSessions } from '../../platform/aws/settings/session-mapping.ts';

/** Lambda's event source mapping, as far as it is asked here. */
class Mapping {
  readonly updates: unknown[] = [];
  #concurrency: number | undefined;
  #isBusy: boolean;

  constructor(concurrency: number | undefined, isBusy = false) {
    this.#concurrency = concurrency;
    this.#isBusy = isBusy;
  }

  bound(sessions: number | undefined): Promise<boolean> {
    return boundSessions(
      { client: { send: (command: unknown) => this.#send(command) } as unknown as LambdaClient, mapping: 'uuid-1' },
      sessions,
    );
  }

  async #send(command: unknown): Promise<unknown> {
    if (command instanceof GetEventSourceMappingCommand) {
      assert.equal(command.input.UUID, 'uuid-1');
      return this.#concurrency === undefined ? {} : { ScalingConfig: { MaximumConcurrency: this.#concurrency } };
    }
    assert.ok(command instanceof UpdateEventSourceMappingCommand);
    if (this.#isBusy) throw new ResourceInUseException({ message: 'being updated', $metadata: {} });
    this.updates.push(command.input);
    this.#concurrency = command.input.ScalingConfig?.MaximumConcurrency;
    return {};
  }
}

describe('the outer bound of outbound sessions', () => {
  it('follows the setting, and is written only when it is another', async () => {
    const mapping = new Mapping(30);
    assert.equal(await mapping.bound(30), false);
    assert.equal(await mapping.bound(50), true);
    assert.equal(await mapping.bound(50), false);
    assert.deepEqual(mapping.updates, [{ UUID: 'uuid-1', ScalingConfig: { MaximumConcurrency: 50 } }]);
  });

  it('stays within what Lambda takes: a limit of one session is held by the slots alone', async () => {
    const mapping = new Mapping(undefined);
    await mapping.bound(1);
    await mapping.bound(2);
    await mapping.bound(5000);
    assert.deepEqual(
      mapping.updates.map((input) => (input as { ScalingConfig: object }).ScalingConfig),
      [{ MaximumConcurrency: 2 }, { MaximumConcurrency: 1000 }],
    );
  });

  it('is taken away where nothing is to be bounded', async () => {
    const mapping = new Mapping(30);
    assert.equal(await mapping.bound(undefined), true);
    assert.equal(await mapping.bound(undefined), false);
    assert.deepEqual(mapping.updates, [{ UUID: 'uuid-1', ScalingConfig: {} }]);
  });

  it('waits for the next look while an earlier change is under way', async () => {
    assert.equal(await new Mapping(30, true).bound(50), false);
  });
});
