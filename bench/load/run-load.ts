import { type Cycle, imapCycle, pop3Cycle, smtpCycle } from './cycles.ts';

/** A process of its own, so that the load does not run on the server's thread: `run-load.ts <cycle> <port> <concurrency> <count>` prints cycles per second. */
const cycles: Readonly<Record<string, Cycle>> = { smtp: smtpCycle, imap: imapCycle, pop3: pop3Cycle };

const [name = '', port = '', concurrency = '', count = ''] = process.argv.slice(2);
const cycle = cycles[name];
if (cycle === undefined) throw new Error(`no cycle ${name}`);

let left = Number(count);
const started = performance.now();
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (left-- > 0) await cycle(Number(port));
  }),
);
console.log(String((Number(count) / (performance.now() - started)) * 1000));
