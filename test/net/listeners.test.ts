import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { Setting } from '../../core/settings/setting.ts';
import { protocols } from '../../core/values/protocol.ts';
import { SessionRegistry } from '../../listeners/net/session-registry.ts';
import { Listeners, type PortOf } from '../../listeners/open-listeners.ts';
import { services } from '../../platform/aws/edge-ports.ts';

/** Settings of which one may change while they are read. */
function changing(values: Record<string, boolean>): LiveSettings & { set(name: string, value: boolean): void } {
  const changed: ((names: ReadonlySet<string>) => void)[] = [];
  const fixed = fixedSettings();
  return {
    ...fixed,
    get: <T>(setting: Setting<T>) => (setting.name in values ? (values[setting.name] as T) : fixed.get(setting)),
    onChange: (listener) => {
      changed.push(listener);
      return () => {};
    },
    set: (name, value) => {
      values[name] = value;
      for (const tell of changed) tell(new Set([name]));
    },
  };
}

function listenersOf(t: TestContext, portOf: PortOf, settings: LiveSettings = fixedSettings()): Listeners {
  const handlers = protocols.map((protocol) => ({ protocol, serve: async () => {}, refuseGreeting: () => '' }));
  const none = {} as never; // nobody connects
  const listeners = new Listeners({
    handlers,
    settings,
    portOf,
    sessions: new SessionRegistry(),
    log: { event: () => {}, failure: () => {} },
    bind: '127.0.0.1',
    goodbyes: { spread: 0, goodbye: 0 },
    random: Math.random,
    admission: none,
    refused: none,
    secureContext: none,
  });
  t.after(() => listeners.close());
  return listeners;
}

describe('the ports of a process', () => {
  it('are those of its service and no other', async (t) => {
    for (const own of Object.values(services)) {
      const listeners = listenersOf(t, (name) => ((own as readonly string[]).includes(name) ? 0 : undefined));
      await listeners.open();
      assert.deepEqual(Object.keys(listeners.ports()), own);
    }
  });

  it('are asked for by name, with the port of the settings', async (t) => {
    const asked: string[] = [];
    const listeners = listenersOf(t, (name, set) => {
      asked.push(`${name} ${set}`);
      return undefined;
    });
    await listeners.open();
    assert.deepEqual(listeners.ports(), {});
    const wanted = ['smtp 2525', 'msa 2587', 'msa-tls 2465', 'pop3 2110', 'pop3-tls 2995', 'imap 2143', 'imap-tls 2993'];
    assert.deepEqual(asked.toSorted(), wanted.toSorted());
  });

  it('are opened and closed live, and switching on what is of another service opens nothing', async (t) => {
    const settings = changing({ 'imap/enabled': false, 'pop3/enabled': true });
    const listeners = listenersOf(t, (name) => (name.startsWith('imap') ? 0 : undefined), settings);
    await listeners.open();
    assert.deepEqual(listeners.ports(), {});
    settings.set('imap/enabled', true);
    while (Object.values(listeners.ports()).filter((port) => port > 0).length < 2) await sleep(5);
    assert.deepEqual(Object.keys(listeners.ports()), ['imap', 'imap-tls']);
    const phone = net.connect({ port: listeners.ports().imap ?? 0, host: '127.0.0.1' });
    await once(phone, 'connect');
    phone.destroy();
    settings.set('pop3/enabled', false);
    settings.set('pop3/enabled', true);
    settings.set('imap/enabled', false);
    assert.deepEqual(listeners.ports(), {});
  });
});
