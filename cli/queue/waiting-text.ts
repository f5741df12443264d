import type { Waiting } from '../../core/delivery/why-waiting.ts';
import { limitText } from '../limit-text.ts';
import { peerText } from '../peer.ts';
import { readableSpan, readableTime } from '../readable.ts';

/** @returns a sentence for one reason, with the command that helps where there is one. @param id of the row */
export function waitingText(waiting: Waiting, id: string, now: number): string {
  switch (waiting.kind) {
    case 'held':
      return `It is held: ${waiting.reason ?? 'no reason was given'}. mailweir queue release ${id} lets it go on.`;
    case 'being-delivered':
      return `It is being delivered right now (claimed for ${readableSpan(waiting.until - now)} more).`;
    case 'nobody-delivers':
      return 'No process runs on this data, so nothing is delivered. mailweir serve starts one.';
    case 'deferred':
      return `It waits for its next attempt at ${readableTime(waiting.until)}, in ${readableSpan(waiting.until - now)}, after ${tries(waiting)}.`;
    case 'due':
      return 'It is due: the next free outbound session takes it.';
    case 'peer-failed':
      return failureText(waiting.failure, now);
    case 'peer-capped':
      return `${waiting.cap.ip} takes ${waiting.cap.connections} connections at once, as it said itself: ${waiting.cap.reply}.`;
    case 'sessions-full':
      return `All outbound sessions are busy (${waiting.used} of ${limitText(waiting.limit)}): outbound/sessions.`;
  }
}

const tries = ({ attempts, reason }: Extract<Waiting, { kind: 'deferred' }>): string =>
  `${attempts === 1 ? '1 attempt' : `${attempts} attempts`}${reason === undefined ? '' : `, because of: ${reason}`}`;

function failureText(
  { peer, name, reason, count, until, held }: Extract<Waiting, { kind: 'peer-failed' }>['failure'],
  now: number,
): string {
  const who = peer.kind === 'host' ? `${name} (${peerText(peer)})` : `Every host of ${name}`;
  const clear = `mailweir failures clear ${peerText(peer)} opens it.`;
  if (held) return `${who} is held by an operator: ${reason}. ${clear}`;
  const times = count === 1 ? 'once' : `${count} times`;
  return `${who} failed ${times} and is left alone for ${readableSpan(until - now)} more: ${reason}. ${clear}`;
}
