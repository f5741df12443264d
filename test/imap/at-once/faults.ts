import type { Fault } from './fault.ts';
import { storeFaults } from './store-faults.ts';
import { viewFaults } from './view-faults.ts';

/** What is right, and told wrongly. */
const wireFaults: readonly Fault[] = [
  {
    what: 'what a client stores itself is not told it',
    mishear: (lines, command) => (/^(?:UID )?STORE .*FLAGS \(/.test(command) ? lines.filter((line) => !line.includes(' FETCH ')) : lines),
  },
  {
    what: 'a client that comes back is not told what vanished while it was there',
    mishear: (lines, command) => (command.includes('QRESYNC') ? lines.filter((line) => !line.includes('VANISHED')) : lines),
  },
  {
    what: 'COPYUID names the copies the other way round',
    mishear: (lines) => lines.map((line) => line.replace(/(\[COPYUID \d+) (\S+) (\S+)\]/, '$1 $3 $2]')),
  },
  {
    what: 'SEARCH finds a message too few',
    mishear: (lines) => lines.map((line) => (line.startsWith('* SEARCH ') ? line.replace(/ \d+$/, '') : line)),
  },
];

export const faults: readonly Fault[] = [...storeFaults, ...viewFaults, ...wireFaults];
