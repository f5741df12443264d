import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LearntCap, PeerFailure } from '../../core/delivery/failure-cache.ts';
import { noHistory, type SpoolRow } from '../../core/delivery/spool.ts';
import { type WaitingFacts, whyWaiting } from '../../core/delivery/why-waiting.ts';
import type { Address } from '../../core/values/address.ts';
import type { BodyId, HolderId, SpoolId, SpoolRowId } from '../../core/values/ids.ts';
import type { MessageFacts } from '../../core/values/message-facts.ts';
import type { IpAddress } from '../../core/values/network.ts';

const now = 1_000_000;
const row: SpoolRow = {
  id: 'M1.0' as SpoolRowId,
  message: 'M1' as SpoolId,
  body: 'b' as BodyId,
  facts: {} as MessageFacts,
  nextHop: { kind: 'domain', domain: 'example.net' },
  reversePath: 'alice@example.org' as Address,
  recipients: [{ address: 'bob@example.net' as Address }],
  declared: { eightBit: false, utf8: false },
  acceptedAt: 0,
  nextAttemptAt: 0,
  attempts: 0,
  history: noHistory,
  held: false,
};
const mx = { kind: 'host', ip: '192.0.2.1' as IpAddress, port: 25 } as const;
const failure: PeerFailure = {
  peer: mx,
  name: 'mx.example.net',
  reason: 'connect: ECONNREFUSED',
  firstAt: 1,
  lastAt: 2,
  count: 3,
  until: now + 5000,
  held: false,
};
const cap: LearntCap = { ip: mx.ip, port: 25, connections: 2, until: now + 5000, reply: '421 too many' };
const tried = { ...row, history: { attempts: [{ at: 1, host: 'mx.example.net', ip: '192.0.2.1', result: 'refused' }], settled: [] } };

const kinds = (facts: Partial<WaitingFacts>): readonly string[] =>
  whyWaiting({ row, now, processes: 1, failures: [], caps: [], sessions: { used: 0, limit: 30 }, ...facts }).map(({ kind }) => kind);

describe('why a row is not moving', () => {
  it('is that it is held, and nothing else matters then', () => {
    assert.deepEqual(kinds({ row: { ...tried, held: true }, failures: [failure], processes: 0 }), ['held']);
  });

  it('is that it is being delivered, while its claim lasts', () => {
    const claimed = { ...row, claimedBy: 'us' as HolderId, claimedUntil: now + 1 };
    assert.deepEqual(kinds({ row: claimed }), ['being-delivered']);
    assert.deepEqual(kinds({ row: { ...claimed, claimedUntil: now } }), ['due']);
  });

  it('is that its next attempt is to come, or that nobody delivers', () => {
    assert.deepEqual(kinds({ row: { ...row, nextAttemptAt: now + 1, attempts: 1, lastError: '450 later' } }), ['deferred']);
    assert.deepEqual(kinds({ processes: 0 }), ['due', 'nobody-delivers']);
  });

  it('names hosts it spoke with that are left alone or take no more connections, and its domain when all of them failed', () => {
    assert.deepEqual(kinds({ row: tried, failures: [failure], caps: [cap] }), ['due', 'peer-failed', 'peer-capped']);
    const hop: PeerFailure = { ...failure, peer: { kind: 'hop', domain: 'example.net' } };
    assert.deepEqual(kinds({ failures: [hop] }), ['due', 'peer-failed']);
    assert.deepEqual(kinds({ failures: [{ ...hop, peer: { kind: 'hop', domain: 'elsewhere.example' } }] }), ['due']);
  });

  it('leaves out what is over, and keeps what an operator holds', () => {
    assert.deepEqual(kinds({ row: tried, failures: [{ ...failure, until: now }], caps: [{ ...cap, until: now }] }), ['due']);
    assert.deepEqual(kinds({ row: tried, failures: [{ ...failure, until: now, held: true }] }), ['due', 'peer-failed']);
  });

  it('is that all outbound sessions are busy, unless there is no limit, or it is for mailboxes here', () => {
    assert.deepEqual(kinds({ sessions: { used: 30, limit: 30 } }), ['due', 'sessions-full']);
    assert.deepEqual(kinds({ sessions: { used: 30, limit: 0 } }), ['due']);
    assert.deepEqual(kinds({ row: { ...row, nextHop: { kind: 'local' } }, sessions: { used: 30, limit: 30 } }), ['due']);
  });
});
