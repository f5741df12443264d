import { Worker } from 'node:worker_threads';
import type { AccountId } from '../../core/values/address.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';

/** Opens a world whose writer thread breaks at its first write, and says how this process took it. Argument: data directory. */
const [dataDir = ''] = process.argv.slice(2);
process.on('uncaughtException', () => process.exit(7));
const world = await openEmbeddedWorld({ dataDir });
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (this: Worker): void {
  postMessage.call(this, 42); // no list of jobs
};
await world.accounts.add('a@example.org' as AccountId, 'x').catch(() => process.exit(8));
