import { settleSets, uidsThatMayMatch } from '../../core/mailbox/search/settle-sets.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { type NumberSet, sizeOfNumberSet } from '../../core/values/number-set.ts';
import { numbersAt } from '../../core/values/partial-range.ts';
import type { SequenceSet } from '../../core/values/search-key.ts';
import { maxUid } from '../../core/values/uid.ts';
import type { ImapState, Selected } from './state.ts';
import type { Command } from './wire/command.ts';

type View = Selected['view'];

/** What becomes of a command where a limit is set on how many messages one works on (RFC 9738). */
export interface Limited {
  /** What is done of it: the messages with the highest UIDs. */
  readonly command: Command;
  /** The response code that tells how far it went: everything from this UID on. Absent when all was done. */
  readonly code?: string;
  /** It is done as a whole or not at all. */
  readonly refusal?: string;
}

/** Commands that name no messages, and EXPUNGE and CLOSE of all that is \Deleted, are never limited (RFC 9738 section 3.1). */
export function withinLimit(command: Command, state: ImapState, settings: LiveSettings): Limited {
  const most = settings.get(imapSettings.messageLimit);
  if (most === 0 || state.at !== 'selected') return { command };
  if (command.verb === 'FETCH' && command.partial !== undefined) {
    const { from, to } = command.partial;
    return Math.abs(to - from) < most
      ? { command }
      : { command, refusal: `NO [MESSAGELIMIT ${most}] PARTIAL may ask for ${most} messages` };
  }
  const newest = newestOf(command, state.view, most);
  if (newest === undefined) return { command };
  const lowest = state.view.uidOf(newest[0]?.from ?? 0);
  const code = `MESSAGELIMIT ${most} ${lowest}`;
  if (command.verb === 'COPY') return { command, refusal: `NO [${code}] A command may copy ${most} messages, and nothing was copied` };
  if (isArranged(command)) return { command, refusal: `NO [MESSAGELIMIT ${most}] A command may look at ${most} messages` };
  return { command: from(command, lowest, newest, state.view), code };
}

/** The order of some says nothing of the order of all. */
const isArranged = (command: Command): boolean => 'criteria' in command && command.verb !== 'SEARCH';

/** @returns MSNs of the newest that the command names or looks at; undefined when there are no others */
function newestOf(command: Command, view: View, most: number): NumberSet | undefined {
  const all = namedBy(command, view);
  if (all === undefined || sizeOfNumberSet(all) <= most) return undefined;
  return numbersAt(all, { from: -1, to: -most });
}

function namedBy(command: Command, view: View): NumberSet | undefined {
  if ('criteria' in command) return view.resolve(uidsThatMayMatch(settleSets(command.criteria, view)), true);
  if (command.verb === 'EXPUNGE') return command.uids && view.resolve(command.uids, true);
  return 'set' in command ? view.resolve(command.set, command.uid) : undefined;
}

/** @returns the same command of the newest messages alone */
function from(command: Command, lowest: number, newest: NumberSet, view: View): Command {
  if (command.verb === 'SEARCH') {
    const searched = { key: 'UID', set: [{ from: lowest, to: maxUid }] } as const;
    return { ...command, criteria: { key: 'AND', of: [searched, command.criteria] } };
  }
  if (command.verb === 'EXPUNGE') return { ...command, uids: view.uidsOf(newest) };
  if (!('set' in command)) return command;
  return { ...command, set: command.uid ? uidsFrom(command.set, lowest, newest, view) : newest };
}

/** Of UIDs those that have no message are kept: FETCH tells which of them have vanished. */
function uidsFrom(set: SequenceSet, lowest: number, newest: NumberSet, view: View): SequenceSet {
  if (set.includes('$')) return view.uidsOf(newest);
  const last = view.uidOf(view.exists);
  return set.flatMap((range) => {
    if (range === '$') return [];
    const ends = [range.from, range.to].flatMap((end) => (end === '*' ? [last, view.uidNext - 1] : [end]));
    const highest = Math.max(...ends);
    return highest < lowest ? [] : [{ from: Math.max(lowest, Math.min(...ends)), to: highest }];
  });
}

/** @returns the tagged line, and before it one of its own where another code stands in it (RFC 9738 section 3.1) */
export function withLimit(reply: string, { code }: Limited): readonly [untagged: string | undefined, reply: string] {
  if (code === undefined || !/^(?:OK|NO \[(?:EXPUNGEISSUED|MODIFIED ))/.test(reply)) return [undefined, reply];
  if (/^OK [^[]/.test(reply)) return [undefined, reply.replace(/^OK /, `OK [${code}] `)];
  return [`* NO [${code}] Only the newest of the messages were looked at`, reply];
}
