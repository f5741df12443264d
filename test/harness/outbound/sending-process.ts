import { createInterface } from 'node:readline';
import type { SpoolRow } from '../../../core/delivery/spool.ts';
import { openSender } from './open-sender.ts';

/**
 * Run by SendingProcesses: delivers until it is killed, or until its parent is gone. Standard input tells the domains of new messages, a
 * JSON array a line; standard output tells what fails here.
 */
const { runner } = await openSender(JSON.parse(process.argv[2] ?? ''), (name, fields) => {
  if (typeof fields === 'object' && fields !== null && 'error' in fields) process.stdout.write(`${name} ${JSON.stringify(fields)}\n`);
});
const input = createInterface(process.stdin);
input.on('line', (line) => {
  const domains: readonly string[] = JSON.parse(line);
  // A wake-up looks at nothing but the next hop.
  runner.wake(domains.map((domain) => ({ nextHop: { kind: 'domain', domain } }) as SpoolRow));
});
input.on('close', () => process.exit(0));
process.stdout.write('ready\n');
