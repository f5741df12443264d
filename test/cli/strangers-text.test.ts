import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { publishedKey } from '../../cli/dkim-record.ts';
import { jsonText } from '../../cli/output.ts';
import { printRow } from '../../cli/queue/row-details.ts';
import type { SpoolRow } from '../../core/delivery/spool.ts';
import { dkimRecordName, makeDkimKey } from '../../platform/node/dkim-keys.ts';
import { dnsOf } from '../delivery/outbound-edge.ts';

/** Clears a screen, in both ways, and turns the rest of the line round. */
const hostile = 'x\u001b[2J\u009b2J\u202ey';
const shown = 'x\\u001b[2J\\u009b2J\\u202ey';

describe('what strangers wrote', () => {
  it('is shown and not obeyed among the reasons why a row does not move', async (t) => {
    const out: string[] = [];
    t.mock.method(process.stdout, 'write', (text: string) => out.push(text) > 0);
    const row = {
      ...{ id: '1.1', message: '1', recipients: [], reversePath: '', acceptedAt: 0, nextAttemptAt: 0, attempts: 1, held: false },
      ...{ nextHop: { kind: 'local' }, facts: { size: 1, envelope: {} }, history: { attempts: [], settled: [] }, lastError: hostile },
    } as unknown as SpoolRow;
    printRow(row, [`It waits, because of: ${hostile}.`], 1);
    t.mock.restoreAll();
    const text = out.join('');
    assert.ok(text.startsWith(`It waits, because of: ${shown}.\n`));
    assert.ok(!text.includes('\u001b') && !text.includes('\u009b') && !text.includes('\u202e'));
  });

  it('is shown and not obeyed among records of the DNS', async () => {
    const key = await makeDkimKey('example.org', 's1', 'ed25519', 1);
    const { words } = await publishedKey(key, dnsOf({}, {}, { [dkimRecordName(key)]: [hostile] }));
    assert.ok(words.endsWith(`\n${shown}`));
  });

  it('is the same in JSON, where no control of a terminal stands as it is', () => {
    const text = jsonText({ reason: hostile, more: ['\n'] });
    assert.ok(text.includes(shown));
    assert.deepEqual(JSON.parse(text), { reason: hostile, more: ['\n'] });
  });
});
