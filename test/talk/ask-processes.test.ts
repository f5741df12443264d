import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Ask, Asking } from '../../core/observe/asking.ts';
import { parsedObject } from '../../core/observe/process-facts.ts';
import type { Request } from '../../core/observe/process-requests.ts';
import { askFor } from '../../functions/ask-processes.ts';
import { packFacts, unpackFacts } from '../../platform/aws/talk/packed-facts.ts';

/** Processes that answer all alike, and what they were asked. */
function processes(facts: readonly object[] = []) {
  const asked: { readonly request: Request; readonly whom: Asking | undefined }[] = [];
  const ask = (async (request: Request, whom?: Asking) => {
    asked.push({ request, whom });
    return facts;
  }) as Ask;
  return { ask, asked };
}

describe('the function that asks processes', () => {
  it('passes on what an operator asks, and whom', async () => {
    const facts = [{ key: 'imap/sessions', held: 3, process: 'task' }];
    const { ask, asked } = processes(facts);
    const answer = await askFor({ request: { ask: 'slots' }, only: 'task', within: 60_000 }, ask);
    assert.deepEqual(unpackFacts(parsedObject(JSON.stringify(answer))), { facts, isWhole: true });
    assert.deepEqual(asked, [{ request: { ask: 'slots' }, whom: { only: 'task', within: 10_000 } }]);
  });

  it('refuses what is no request, and asks nobody', async () => {
    const { ask, asked } = processes();
    for (const event of [undefined, {}, { request: 'slots' }, { request: { ask: 'all' } }, { request: { ask: 'kick', session: 7 } }])
      await assert.rejects(askFor(event, ask));
    await assert.rejects(askFor({ request: { ask: 'slots' }, only: '../..' }, ask), /name of a process/);
    assert.deepEqual(asked, []);
  });

  it('answers with as many facts as Lambda takes, and says so when there were more', () => {
    const facts = Array.from({ length: 8_000 }, (_, i) => ({ id: i, random: randomBytes(600).toString('hex') }));
    const packed = packFacts(facts);
    assert.ok(packed.facts.length < 6_000_000);
    assert.equal(packed.isWhole, false);
    const { facts: unpacked } = unpackFacts({ ...packed });
    assert.ok(unpacked.length > 1_000);
    assert.deepEqual(unpacked[0], facts[0]);
  });

  it('answers a hundred thousand sessions whole', () => {
    const doing = { protocol: 'imap', address: '192.0.2.7', since: 1, doing: 'IDLE INBOX', process: '0123456789abcdef0123456789abcdef' };
    const sessions = Array.from({ length: 100_000 }, (_, i) => ({
      id: `01JD${String(i).padStart(22, '0')}`,
      account: `a${i}@example.org`,
      ...doing,
    }));
    assert.equal(packFacts(sessions).isWhole, true);
  });
});
