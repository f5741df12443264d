import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { serve } from '../test/harness/served.ts';
import { end } from './load/child.ts';
import { LineClient } from './load/line-client.ts';
import { median } from './report.ts';

const seconds = 8;
const others = 5;
const accounts = Object.fromEntries(
  ['stormer', ...Array.from({ length: others }, (_, i) => `calm-${i}`)].map((name) => [`${name}@example.test`, 'wonderland']),
);

/** VPOP3's scenario: one account opens 200 IMAP sessions at once, again and again. What do the others notice, and what does it cost? */
export async function benchStorm(): Promise<void> {
  const mail = await serve({ accounts });
  const logged: Record<string, unknown>[] = [];
  mail.onLogged((line) => void logged.push(JSON.parse(line)));
  const port = mail.ports['imap/port'];
  let storm: ChildProcess | undefined;
  try {
    await logins(port, 2); // passwords proved, code compiled
    const calm = await logins(port, seconds);
    storm = spawn(process.execPath, [new URL('./load/storm.ts', import.meta.url).pathname, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let rounds = 0;
    createInterface({ input: storm.stdout as NodeJS.ReadableStream }).on('line', () => (rounds += 1));
    await logins(port, 2);
    const before = rounds;
    const stormy = await logins(port, seconds);
    const during = rounds - before;
    await end(storm);
    mail.signal('SIGTERM');
    await mail.ended;
    print(calm, stormy, during / seconds, logged);
  } finally {
    if (storm !== undefined && storm.exitCode === null && storm.signalCode === null) await end(storm);
    await mail.stop();
  }
}

/** One login after the other by accounts at peace, with a pause between. @returns ms from connect to OK, of each */
async function logins(port: number, during: number): Promise<readonly number[]> {
  const took: number[] = [];
  const until = performance.now() + during * 1000;
  for (let i = 0; performance.now() < until; i += 1) {
    const begun = performance.now();
    const client = new LineClient(port, '127.0.0.2');
    await client.until(/^\* OK /m);
    await client.ask(`a LOGIN calm-${i % others}@example.test wonderland\r\n`, /^a OK /m);
    took.push(performance.now() - begun);
    await client.ask('b LOGOUT\r\n', /^b OK /m);
    await client.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return took;
}

function print(
  calm: readonly number[],
  stormy: readonly number[],
  roundsPerSecond: number,
  logged: readonly Record<string, unknown>[],
): void {
  const sum = (name: string, dimension: string, begins: string): number =>
    logged
      .filter((line) => String(line[dimension]).startsWith(begins))
      .reduce((all, line) => all + (typeof line[name] === 'number' ? line[name] : 0), 0);
  const [refused, writes] = [sum('SlotsRefused', 'protocol', 'imap'), sum('SlotTableWrites', 'limit', 'imap/')];
  const [before, after] = [median(calm), median(stormy)];
  const worst = (took: readonly number[]): string => (took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)] ?? 0).toFixed(1);
  console.log(
    `reconnect storm, 200 IMAP sessions of one account at once, ${roundsPerSecond.toFixed(1)} times a second: login of other accounts ${after.toFixed(2)} ms ` +
      `(95 % within ${worst(stormy)}), without the storm ${before.toFixed(2)} ms (95 % within ${worst(calm)}), ratio ${(after / before).toFixed(2)} (aim < 2)`,
  );
  console.log(
    `table writes per refused session in the storm: ${(writes / refused).toFixed(3)} (aim < 0.1); ${writes} writes, ${refused} refused; the calm logins' writes are among them`,
  );
}
