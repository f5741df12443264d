import { asksByNumber } from '../../core/values/search-key.ts';
import type { Selected } from './state.ts';
import type { Command } from './wire/command.ts';

/** Message numbers stand in this command: it is not for a client that has given them up (RFC 9586 section 3). */
export function needsNumbers(command: Command): boolean {
  if ('uid' in command && !command.uid) return true;
  if ('criteria' in command) return asksByNumber(command.criteria);
  return (command.verb === 'SELECT' || command.verb === 'EXAMINE') && command.qresync?.matches !== undefined;
}

export const uidRequired = '[UIDREQUIRED] Message numbers were given up by ENABLE UIDONLY';

/** @returns the beginning of a FETCH response, or of UIDFETCH, which takes its place (RFC 9586 section 3.2) */
export const fetchOf = (uid: number, msn: number, { agreed }: Pick<Selected, 'agreed'>): string =>
  agreed.uidOnly ? `* ${uid} UIDFETCH (` : `* ${msn} FETCH (`;
