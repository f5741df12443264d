import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addOverride, removeOverride } from '../../core/settings/change-overrides.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import { formatOverride, mostOverrides, overrideName } from '../../core/settings/overrides.ts';
import type { AccountId } from '../../core/values/address.ts';

const limit = imapSettings.sessionsPerAccount;
const account = (name: string) => `${name}@example.org` as AccountId;
const nameFor = (name: string) => overrideName(limit, account(name));
const now = Date.parse('2026-11-26T12:00:00Z');

describe('a change of an override', () => {
  it('writes it with its end, and sweeps away those that have ended', () => {
    const stored = new Map([
      [nameFor('bob'), formatOverride(40, now - 1)],
      [nameFor('carol'), formatOverride(40, now + 1)],
      ['imap/sessions', '7'],
    ]);
    const changes = addOverride(stored, { limit, scope: account('alice'), value: 60, until: now + 1000 }, now);
    assert.ok(!('fault' in changes));
    assert.deepEqual(
      [...changes],
      [
        [nameFor('bob'), undefined],
        [nameFor('alice'), formatOverride(60, now + 1000)],
      ],
    );
    assert.deepEqual([...(removeOverride(stored, limit, account('carol'), now) ?? [])].toSorted(), [
      [nameFor('bob'), undefined],
      [nameFor('carol'), undefined],
    ]);
    assert.equal(removeOverride(stored, limit, account('dan'), now), undefined);
  });

  it('is refused above the most there may be, unless it changes one of them or an ended one makes room', () => {
    const full = new Map(Array.from({ length: mostOverrides }, (_, i): [string, string] => [nameFor(`user${i}`), '5']));
    const wanted = { limit, value: 60, until: undefined };
    const one = addOverride(full, { ...wanted, scope: account('alice') }, now);
    assert.match('fault' in one ? one.fault : '', /1000 overrides already/);
    assert.ok(!('fault' in addOverride(full, { ...wanted, scope: account('user3') }, now)));
    const withEnded = new Map(full).set(nameFor('user7'), formatOverride(5, now));
    assert.ok(!('fault' in addOverride(withEnded, { ...wanted, scope: account('alice') }, now)));
  });
});
