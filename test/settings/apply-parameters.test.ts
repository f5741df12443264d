import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ApplyDeps, applyParameters } from '../../core/settings/apply-parameters.ts';
import type { SettingsVersion } from '../../core/settings/settings-source.ts';
import type { TotalLimit } from '../../core/slots/total-limits.ts';

/** A stage with its parameters and its item, both of which others may write between any two steps. */
class Stage {
  readonly parameters = new Map<string, string>();
  item: SettingsVersion = { version: 0, values: new Map() };
  readonly events: string[] = [];
  readonly bounds: (number | undefined)[] = [];
  limits: ReadonlyMap<string, number> = new Map();
  limitsVersion = -1;
  rejected = 0;
  slept = 0;
  /** Called before each step, with its name. */
  between: (step: string) => void = () => {};

  set(values: Readonly<Record<string, string>>): this {
    for (const [name, value] of Object.entries(values)) this.parameters.set(name, value);
    return this;
  }

  /** An operator's override or route rule. */
  writeItem(name: string, value: string): void {
    this.item = { version: this.item.version + 1, values: new Map([...this.item.values, [name, value]]) };
  }

  get values(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.item.values);
  }

  async sleep(ms: number): Promise<void> {
    this.slept += ms;
  }

  deps(): ApplyDeps {
    return {
      parameters: {
        read: async () => {
          this.between('read parameters');
          return new Map(this.parameters);
        },
      },
      item: {
        read: async () => {
          this.between('read item');
          return this.item;
        },
        replace: async (before, values) => {
          this.between('replace');
          if (before.version !== this.item.version) return false;
          this.item = { version: before.version + 1, values };
          return true;
        },
      },
      putLimits: async (limits: readonly TotalLimit[], version) => {
        this.between('limits');
        this.limits = new Map(limits.map(({ key, limit }) => [key, limit]));
        this.limitsVersion = version;
        return limits.length;
      },
      boundSessions: async (sessions) => {
        this.bounds.push(sessions);
        return true;
      },
      rejected: () => {
        this.rejected += 1;
      },
      place: { world: 'aws', loopbackOnly: false, hostname: 'mail.example.org', memory: 512 * 1024 ** 2 },
      clock: { now: () => 0, monotonic: () => 0, sleep: (ms) => this.sleep(ms) },
      log: { event: (name, data) => void this.events.push(`${name} ${JSON.stringify(data)}`), failure: () => {} },
    };
  }

  apply() {
    return applyParameters(this.deps());
  }
}

describe('the function that applies settings', () => {
  it('carries what was set into the item as one change, with limits of totals and the bound of sessions', async () => {
    const stage = new Stage().set({ 'imap/sessions': '70', 'outbound/sessions': '12', 'imap/idle': 'default' });
    assert.deepEqual(await stage.apply(), { version: 1, changed: ['imap/sessions', 'outbound/sessions'], rejected: [] });
    assert.deepEqual(stage.item, {
      version: 1,
      values: new Map([
        ['imap/sessions', '70'],
        ['outbound/sessions', '12'],
      ]),
    });
    assert.equal(stage.limits.get('imap/sessions'), 70);
    assert.equal(stage.limits.get('outbound/sessions'), 12);
    assert.deepEqual([stage.limitsVersion, stage.bounds], [1, [12]]);
    assert.deepEqual(stage.events, ['settings-changed {"settings":"imap/sessions outbound/sessions","version":1}']);
  });

  it('writes nothing when nothing has changed, and puts into force again what a run that died had left', async () => {
    const stage = new Stage().set({ 'imap/sessions': '70' });
    await stage.apply();
    stage.limits = new Map();
    assert.deepEqual((await stage.apply()).changed, []);
    assert.equal(stage.item.version, 1);
    assert.equal(stage.limits.get('imap/sessions'), 70);
    assert.equal(stage.events.length, 1);
  });

  it('tells a value that is not allowed by name and range at each run, counts it, and keeps the last good one', async () => {
    const stage = new Stage().set({ 'imap/sessions': '70' });
    await stage.apply();
    stage.set({ 'imap/sessions': '70000000', 'imap/idle': 'off' });
    assert.deepEqual((await stage.apply()).rejected, ['imap/sessions']);
    assert.deepEqual(stage.values, { 'imap/sessions': '70', 'imap/idle': 'off' });
    await stage.apply();
    assert.equal(stage.rejected, 2);
    const told = stage.events.filter((event) => event.startsWith('settings-rejected'));
    assert.match(told[0] ?? '', /"settings":"imap\/sessions","fault":"imap\/sessions takes 0–\d+; \\"70000000\\" is not"/);
    assert.equal(stage.limits.get('imap/sessions'), 70);
  });

  it('waits for the second of two values that belong together, before it says that they do not', async () => {
    const stage = new Stage().set({ 'outbound/route': 'smarthost' });
    let reads = 0;
    stage.between = (step) => {
      if (step === 'read parameters' && ++reads === 2) stage.set({ 'outbound/smarthost': 'relay.example.net:587' });
    };
    assert.deepEqual((await stage.apply()).rejected, []);
    assert.ok(stage.slept > 0);
    assert.equal(stage.rejected, 0);
    assert.equal(stage.values['outbound/route'], 'smarthost');
  });

  it('loses no override that an operator writes meanwhile, nor does the override lose a setting', async () => {
    const stage = new Stage().set({ 'imap/idle': 'off' });
    const override = 'override/imap/sessions-per-account/alice@example.org';
    let isWritten = false;
    stage.between = (step) => {
      if (step === 'replace' && !isWritten) stage.writeItem(override, '60');
      isWritten ||= step === 'replace';
    };
    await stage.apply();
    assert.deepEqual(stage.values, { [override]: '60', 'imap/idle': 'off' });
    stage.set({ 'imap/idle': 'default' });
    await stage.apply();
    assert.deepEqual(stage.values, { [override]: '60' });
  });

  it('brings no older parameters back when two run at once, wherever one of them is overtaken', async () => {
    for (const overtakenAt of ['read item', 'read parameters', 'replace', 'limits']) {
      const stage = new Stage().set({ 'imap/fetches': '5' });
      const slow = stage.deps();
      let isOvertaken = false;
      const overtake = async (step: string): Promise<void> => {
        if (step !== overtakenAt || isOvertaken) return;
        isOvertaken = true;
        stage.set({ 'imap/fetches': '9' });
        await stage.apply();
      };
      const deps: ApplyDeps = {
        ...slow,
        parameters: {
          read: async () => {
            await overtake('read parameters');
            const read = await slow.parameters.read();
            await overtake('replace');
            return read;
          },
        },
        item: {
          ...slow.item,
          read: async () => {
            const read = await slow.item.read();
            await overtake('read item');
            return read;
          },
        },
        putLimits: async (limits, version) => {
          await overtake('limits');
          return await slow.putLimits(limits, version);
        },
      };
      await applyParameters(deps);
      assert.equal(stage.values['imap/fetches'], '9', overtakenAt);
    }
  });

  it('bounds nothing outside of the slots while outbound sessions are only observed', async () => {
    const stage = new Stage().set({ 'outbound/sessions/mode': 'observe' });
    await stage.apply();
    assert.deepEqual(stage.bounds, [undefined]);
    assert.equal(stage.limits.get('outbound/sessions'), 0);
  });

  it('gives up after some tries when others write all the time, for the next run', async () => {
    const stage = new Stage().set({ 'imap/idle': 'off' });
    let writes = 0;
    stage.between = (step) => {
      if (step === 'replace') stage.writeItem('route/to/example.net', `relay-${++writes}.example.net:25`);
    };
    await assert.rejects(stage.apply(), /the next run tries again/);
  });
});
