import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';

/** Takes a message for an account into the spool, claimed for an hour by a holder of this process, and waits to be killed. */
const [dataDir = '', account = ''] = process.argv.slice(2);
const world = await openEmbeddedWorld({ dataDir });
const holder = world.newId() as string as HolderId;
world.holders.hold(holder);
const body = await world.bodies.stage(
  (async function* () {
    yield Buffer.from('Subject: mine\r\n\r\nx\r\n');
  })(),
);
const row = {
  nextHop: { kind: 'local' },
  reversePath: '',
  recipients: [{ address: account, account }],
  declared: { eightBit: false, utf8: false },
} as unknown as Parameters<typeof world.spool.add>[2][number];
const now = Date.now();
const [added] = await world.spool.add(world.newId() as SpoolId, body, [row], now);
if (added !== undefined) await world.spool.claim(added.id, now, { by: holder, until: now + 3_600_000 });
process.stdout.write('claimed\n');
setInterval(() => {}, 60_000);
