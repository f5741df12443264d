import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Hold, Want } from '../../core/slots/slots.ts';
import { openSqliteSlotStore } from '../../platform/embedded/slots/slot-store.ts';
import { systemClock } from '../../platform/node/clock.ts';

/**
 * Run by steady-state.test.ts: one of several processes whose sessions come and go. It keeps as many as it is told (`to <n>`), tells `at <n>` when
 * it has them, and every refusal; each session it has stands in a file that all processes count in, from after it was let in until before it ends.
 */
const [slotsFile = '', auditFile = '', limit = '0', lease = '0'] = process.argv.slice(2);

const audit = new DatabaseSync(auditFile, { timeout: 5_000 });
audit.exec('PRAGMA synchronous = OFF');
audit.exec('CREATE TABLE IF NOT EXISTS live (process INTEGER PRIMARY KEY, sessions INTEGER NOT NULL)');
audit.exec('CREATE TABLE IF NOT EXISTS most (sessions INTEGER NOT NULL)');
const count = audit.prepare('INSERT INTO live VALUES (?, ?) ON CONFLICT (process) DO UPDATE SET sessions = excluded.sessions');
const noteMost = audit.prepare(
  'INSERT INTO most SELECT s FROM (SELECT SUM(sessions) AS s FROM live) WHERE s > (SELECT COALESCE(MAX(sessions), 0) FROM most)',
);

const store = await openSqliteSlotStore(slotsFile, systemClock);
const slots = await openSlots({
  store,
  clock: systemClock,
  newId: randomUUID,
  policy: () => 'closed',
  log: { event: () => {}, failure: (name, error) => console.error(name, error) },
  timings: Number(lease) === 0 ? {} : { renewEvery: Number(lease) / 4, lease: Number(lease), fenceAfter: (Number(lease) * 3) / 4 },
});
const want: Want = { key: 'imap/sessions' as SlotKey, limit: Number(limit), kind: 'total' };
const held: Hold[] = [];
let aim = 0;

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function noteCount(): void {
  audit.exec('BEGIN IMMEDIATE');
  count.run(process.pid, held.length);
  noteMost.run();
  audit.exec('COMMIT');
}

async function letOneIn(): Promise<boolean> {
  const taken = await slots.take(want);
  if (taken === 'store-down' || 'full' in taken) {
    tell('refused');
    return false;
  }
  held.push(taken);
  noteCount();
  return true;
}

/** Some session that is there, not always the oldest. */
function letOneGo(): void {
  const [gone] = held.splice(Math.floor(Math.random() * held.length), 1);
  noteCount();
  gone?.release();
}

let reached = true;
process.stdin.setEncoding('utf8').on('data', (text: string) => {
  for (const [, number = '0'] of text.matchAll(/to (\d+)/g)) {
    aim = Number(number);
    reached = false;
  }
});
process.stdin.on('end', () => process.exit(0)); // the test is gone

tell('ready');
for (;;) {
  while (held.length > aim) letOneGo();
  while (held.length < aim) if (!(await letOneIn())) await sleep(100);
  if (!reached) tell(`at ${held.length}`);
  reached = true;
  // Sessions come and go, one for another.
  if (held.length > 0) {
    letOneGo();
    await letOneIn();
  }
  await sleep(5);
}
