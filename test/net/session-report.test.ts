import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventFields } from '../../core/observe/event-log.ts';
import { imapSettings, listenerSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { sessionsKey } from '../../core/slots/slot-key.ts';
import { protocols } from '../../core/values/protocol.ts';
import { SessionCounts } from '../../listeners/net/session-counts.ts';
import { SessionReport } from '../../listeners/net/session-report.ts';

function reported() {
  const values = new Map<string, unknown>(protocols.map((protocol) => [listenerSettings[protocol].enabled.name, protocol === 'imap']));
  const listeners = new Set<(changed: ReadonlySet<string>) => void>();
  const settings: LiveSettings = {
    get: <T>(setting: { readonly name: string }) => (values.get(setting.name) ?? 500) as T,
    overrides: () => [],
    routeRules: () => [],
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const events: EventFields[] = [];
  const log = { event: (name: string, fields: EventFields = {}) => void events.push({ event: name, ...fields }), failure: () => {} };
  const counts = new SessionCounts();
  const slots = { usage: () => [{ key: sessionsKey('imap'), total: true, used: 321, limit: 500 }] };
  const report = new SessionReport({ counts, slots, settings, log });
  const set = (name: string, value: unknown): void => {
    values.set(name, value);
    for (const listener of listeners) listener(new Set([name]));
  };
  return { counts, report, events, set };
}

describe('the event sessions', () => {
  it('tells of each served protocol how many there are, were at most, may be, and are everywhere', () => {
    const { counts, report, events } = reported();
    for (let i = 0; i < 3; i++) counts.begun('imap');
    counts.ended('imap');
    report.tell();
    const { event, protocol, current, maximum, processLimit, everywhere, limit } = events[0] ?? {};
    assert.deepEqual([event, protocol, current, maximum, processLimit, everywhere, limit], ['sessions', 'imap', 2, 3, 500, 321, 500]);
    assert.equal(events.length, 1);
  });

  it('counts the maximum anew after each line, from those that are still there', () => {
    const { counts, report, events } = reported();
    for (let i = 0; i < 3; i++) counts.begun('imap');
    report.tell();
    counts.ended('imap');
    report.tell();
    report.tell();
    assert.deepEqual(
      events.map(({ maximum }) => maximum),
      [3, 3, 2],
    );
  });

  it('is told of a listener that was switched off until its last session is over', () => {
    const { counts, report, events } = reported();
    counts.begun('pop3');
    report.tell();
    counts.ended('pop3');
    report.tell();
    assert.deepEqual(
      events.map(({ protocol }) => protocol),
      ['pop3', 'imap', 'imap'],
    );
  });

  it('is told at once when a limit changes, and not for another setting or after the end', () => {
    const { report, events, set } = reported();
    set(imapSettings.sessions.name, 900);
    set(imapSettings.idle.name, false);
    assert.deepEqual(
      events.map(({ protocol, limit }) => [protocol, limit]),
      [['imap', 900]],
    );
    report.close();
    set(imapSettings.sessions.name, 100);
    assert.equal(events.length, 1);
  });
});
