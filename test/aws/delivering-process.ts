import { deliveryCounts } from '../../core/observe/delivery-counts.ts';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import { Meter } from '../../core/observe/meter.ts';
import { liveSettings } from '../../core/settings/resolve.ts';
import { deliverLocalRows } from '../../functions/deliver-local.ts';
import { placeOf } from '../../listeners/this-machine.ts';
import { openMailWorld } from '../../platform/aws/world.ts';
import { mailWorldNames } from '../../platform/aws/world-names.ts';
import { systemClock } from '../../platform/node/clock.ts';

/** What SQS and Lambda do for mailboxes, as one process that a test may kill: one invocation after the other, by the code that the function runs. */
const log = jsonEventLog((line) => void process.stderr.write(`${line}\n`), systemClock);
const endpoint = process.env.AWS_ENDPOINT_URL ?? '';
const world = openMailWorld({ names: mailWorldNames(process.env), log, endpoint });
const settings = await liveSettings(world.settings, placeOf('127.0.0.1'), log);
const event = { Records: [{ messageId: '1', body: JSON.stringify({ nextHop: { kind: 'local' } }) }] };
const deps = { ...world, settings, log, counts: deliveryCounts(new Meter()), random: Math.random };
process.stdout.write('delivering\n');
for (;;) {
  await deliverLocalRows(event, deps, world.clock.monotonic() + 60_000);
  await world.clock.sleep(50, new AbortController().signal);
}
