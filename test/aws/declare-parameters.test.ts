import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  ParameterAlreadyExists,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { declaredParameters } from '../../core/settings/declared-parameters.ts';
import { type DeclareDeps, declareParameters, removeParameters } from '../../platform/aws/settings/declare-parameters.ts';
import { openParameterClient, parameterStore } from '../../platform/aws/settings/parameters.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

interface Version {
  readonly value: string;
  readonly description: string | undefined;
}

/** Parameter Store, as far as it is asked here: pages of two, a number for each write, all old values. */
class Parameters {
  readonly versions = new Map<string, Version[]>();
  writes = 0;
  /** What an operator does in the moment before a write is taken. */
  before: ((name: string) => void) | undefined;

  readonly deps: DeclareDeps = {
    path: '/mailweir/test/',
    client: { send: (command: unknown) => Promise.resolve(this.#answer(command)) } as unknown as SSMClient,
  };

  set(name: string, value: string): void {
    const all = this.versions.get(name) ?? [];
    this.versions.set(name, [...all, { value, description: all.at(-1)?.description }]);
  }

  value(name: string): string | undefined {
    return this.versions.get(name)?.at(-1)?.value;
  }

  description(name: string): string | undefined {
    return this.versions.get(name)?.at(-1)?.description;
  }

  #answer(command: unknown): unknown {
    if (command instanceof GetParametersByPathCommand) return this.#page(command.input.NextToken);
    if (command instanceof DescribeParametersCommand) return this.#page(command.input.NextToken);
    if (command instanceof GetParameterHistoryCommand) {
      const all = this.versions.get(this.#name(command.input.Name)) ?? [];
      return { Parameters: all.map(({ value }, at) => ({ Value: value, Version: at + 1 })) };
    }
    if (command instanceof DeleteParametersCommand) {
      for (const name of command.input.Names ?? []) this.versions.delete(this.#name(name));
      return {};
    }
    assert.ok(command instanceof PutParameterCommand);
    return this.#put(command.input);
  }

  #page(token: string | undefined): unknown {
    const from = Number(token ?? 0);
    const all = [...this.versions].map(([name, versions]) => ({
      Name: `/mailweir/test/${name}`,
      Type: 'String',
      Value: versions.at(-1)?.value,
      Version: versions.length,
      Description: versions.at(-1)?.description,
    }));
    return { Parameters: all.slice(from, from + 2), ...(from + 2 < all.length ? { NextToken: String(from + 2) } : {}) };
  }

  #put({ Name, Value = '', Description, Overwrite }: PutParameterCommand['input']): unknown {
    const name = this.#name(Name);
    this.before?.(name);
    const all = this.versions.get(name) ?? [];
    if (all.length > 0 && Overwrite !== true) throw new ParameterAlreadyExists({ message: 'exists', $metadata: {} });
    this.writes += 1;
    this.versions.set(name, [...all, { value: Value, description: Description }]);
    return { Version: all.length + 1 };
  }

  readonly #name = (Name = ''): string => Name.slice('/mailweir/test/'.length);
}

const idle = { name: 'imap/idle', description: 'Allow IDLE.' };
const sessions = { name: 'imap/sessions', description: 'Sessions at once.' };

describe('parameters of a stage', () => {
  it('are made with the word default and a description, one for each setting', async () => {
    const store = new Parameters();
    const { made } = await declareParameters(store.deps, [idle, sessions]);
    assert.deepEqual(made, ['imap/idle', 'imap/sessions']);
    assert.equal(store.value('imap/idle'), 'default');
    assert.equal(store.description('imap/sessions'), 'Sessions at once.');
  });

  it('are not written again by a deploy that has nothing new to say', async () => {
    const store = new Parameters();
    await declareParameters(store.deps, [idle, sessions]);
    store.writes = 0;
    assert.deepEqual(await declareParameters(store.deps, [idle, sessions]), { made: [], described: [], removed: [] });
    assert.equal(store.writes, 0);
  });

  it('keep the value that an operator has set, whatever a deploy has to say', async () => {
    const store = new Parameters();
    await declareParameters(store.deps, [idle, sessions]);
    store.set('imap/sessions', '300');
    const again = await declareParameters(store.deps, [idle, { ...sessions, description: 'Sessions of IMAP at once.' }]);
    assert.deepEqual(again.described, []);
    assert.equal(store.value('imap/sessions'), '300');
  });

  it('are described anew while nobody has set them', async () => {
    const store = new Parameters();
    await declareParameters(store.deps, [idle]);
    await declareParameters(store.deps, [{ ...idle, description: 'Serve IDLE.' }]);
    assert.equal(store.description('imap/idle'), 'Serve IDLE.');
    assert.equal(store.value('imap/idle'), 'default');
  });

  it('keep a value that an operator sets in the very moment in which they are described', async () => {
    const store = new Parameters();
    await declareParameters(store.deps, [sessions]);
    store.before = (name) => {
      store.before = undefined;
      store.set(name, '300');
    };
    await declareParameters(store.deps, [{ ...sessions, description: 'other' }]);
    assert.equal(store.value('imap/sessions'), '300');
  });

  it('keep the last of the values that an operator sets while the first is put back', async () => {
    const store = new Parameters();
    await declareParameters(store.deps, [sessions]);
    const values = ['300', '400'];
    store.before = (name) => {
      const value = values.shift();
      if (value !== undefined) store.set(name, value);
    };
    await declareParameters(store.deps, [{ ...sessions, description: 'other' }]);
    assert.equal(store.value('imap/sessions'), '400');
  });

  it('are left as somebody else made them, meanwhile', async () => {
    const store = new Parameters();
    store.before = (name) => {
      if (!store.versions.has(name)) store.set(name, 'off');
    };
    assert.deepEqual((await declareParameters(store.deps, [idle])).made, []);
    assert.equal(store.value('imap/idle'), 'off');
  });

  it('go when no setting has their name any more, but for those that somebody has set: what he wants is told to be no setting, and not forgotten', async () => {
    const store = new Parameters();
    store.set('imap/gone', 'default');
    store.set('imap/set-and-gone', '7');
    const { removed } = await declareParameters(store.deps, [idle]);
    assert.deepEqual(removed, ['imap/gone']);
    assert.equal(store.value('imap/set-and-gone'), '7');
  });

  it('stay when the stack goes and an operator has set them, unless all data of the stage is to go', async () => {
    const store = new Parameters();
    await declareParameters(store.deps, [idle, sessions]);
    store.set('imap/sessions', '300');
    assert.deepEqual(await removeParameters(store.deps, 'unset'), ['imap/idle']);
    assert.equal(store.value('imap/sessions'), '300');
    assert.deepEqual(await removeParameters(store.deps, 'all'), ['imap/sessions']);
  });

  it('are there in Parameter Store itself, all of them, and a set one stays', { skip: noEndpoint }, async (t) => {
    const client = openParameterClient(endpoint);
    const stage = `test-${randomUUID()}`;
    const deps = { client, path: `/mailweir/${stage}/` };
    t.after(async () => {
      await removeParameters(deps, 'all');
      client.destroy();
    });
    const first = await declareParameters(deps, declaredParameters);
    assert.equal(first.made.length, declaredParameters.length);
    const store = parameterStore(client, stage);
    await store.put('imap/sessions', '300');
    const changed = declaredParameters.map((one) => ({ ...one, description: `${one.description.slice(0, 900)} Anew.` }));
    const second = await declareParameters(deps, changed);
    assert.equal(second.described.length, declaredParameters.length - 1);
    assert.equal((await store.read()).get('imap/sessions'), '300');
    assert.deepEqual(await declareParameters(deps, changed), { made: [], described: [], removed: [] });
  });
});
