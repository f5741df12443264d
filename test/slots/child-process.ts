import { randomUUID } from 'node:crypto';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import { openSqliteSlotStore } from '../../platform/embedded/slots/slot-store.ts';
import { systemClock } from '../../platform/node/clock.ts';

/** Run by real-processes.test.ts: takes as many slots as it can, tells how many, and keeps them until it is ended. */
const [file = '', key = '', limit = '0', lease = '0'] = process.argv.slice(2);
const store = await openSqliteSlotStore(file, systemClock);
const slots = await openSlots({
  store,
  clock: systemClock,
  newId: randomUUID,
  policy: () => 'closed',
  log: { event: () => {}, failure: (name, error) => console.error(name, error) },
  timings: { renewEvery: Number(lease) / 4, lease: Number(lease), fenceAfter: (Number(lease) * 3) / 4 },
});
let held = 0;
const most = Number(limit);
for (let asked = 0; asked < most; asked++)
  if ('release' in Object(await slots.take({ key: key as SlotKey, limit: most, kind: 'plain' }))) held += 1;
slots.onMustClose((keys) => {
  held -= keys === 'all' ? held : keys.length;
});
process.on('SIGCONT', () => setTimeout(() => process.stdout.write(slots.mayAct() ? `${held} may act\n` : 'fenced\n'), 300));
process.on('SIGTERM', () => {
  void slots
    .close()
    .then(() => store.close())
    .then(() => process.exit(0));
});
setInterval(() => {}, 1_000);
process.stdout.write(`${held}\n`); // last: whoever reads it may send signals
