import { type Admission, imapLogin, smtpGreeting } from './admissions.ts';
import type { AdmissionName } from './load-name.ts';

/** `run-admissions.ts <name> <port> <concurrency> <count> <first>` prints sessions per second and the median of the times until they were let in, ms. */
const admissions: Readonly<Record<AdmissionName, Admission>> = { 'smtp-greeting': smtpGreeting, 'imap-login': imapLogin };

const [name = '', port = '', concurrency = '', count = '', first = ''] = process.argv.slice(2);
const admission = admissions[name as AdmissionName];
if (admission === undefined) throw new Error(`no load ${name}`);

const took: number[] = [];
let next = Number(first);
const last = next + Number(count);
const player = async (): Promise<void> => {
  while (next < last) took.push(await admission(Number(port), next++));
};
const started = performance.now();
await Promise.all(Array.from({ length: Number(concurrency) }, player));
const rate = (took.length / (performance.now() - started)) * 1000;
console.log(JSON.stringify({ rate, median: took.toSorted((a, b) => a - b)[took.length >> 1] }));
