import type { Remembered } from './collect-sources.ts';
import type { ListedMessage, Uidl } from './maildrop-client.ts';
import type { SourceFacts } from './source.ts';

/** A listed message under the name it is remembered by. */
export interface PlannedMessage extends ListedMessage {
  /** What the server calls it. Several messages may share it: identical copies do (RFC 1939, UIDL), and some servers are wrong. */
  readonly group: Uidl;
}

/** What a run has to do with what the server lists. */
export interface MaildropPlan {
  readonly toCollect: readonly PlannedMessage[];
  /** Here for long enough. */
  readonly toDelete: readonly PlannedMessage[];
  readonly tooLarge: number;
  /** No longer listed. */
  readonly forget: readonly Uidl[];
}

export interface PlanRules {
  /** ms since the epoch. */
  readonly now: number;
  readonly keep: SourceFacts['keep'];
  readonly maxOctets: number;
}

const day = 86_400_000; // ms

export function planMaildrop(
  listed: readonly ListedMessage[],
  memory: ReadonlyMap<Uidl, Remembered>,
  { now, keep, maxOctets }: PlanRules,
): MaildropPlan {
  const messages = named(listed);
  const isTooLarge = (message: PlannedMessage): boolean => {
    const known = memory.get(message.uidl);
    return message.size > maxOctets || (known?.state === 'too-large' && known.octets >= maxOctets);
  };
  const isHere = ({ uidl }: PlannedMessage): boolean => memory.get(uidl)?.state === 'collected';
  const isOld = ({ uidl }: PlannedMessage): boolean => {
    const known = memory.get(uidl);
    return known?.state === 'collected' && keep !== 'forever' && now - known.at >= keep * day;
  };
  // Which of several with one name is which may change with the next listing: they go together or not at all.
  const incomplete = new Set(messages.filter((message) => !isOld(message)).map(({ group }) => group));
  const fresh = messages.filter((message) => !isHere(message) && !isTooLarge(message));
  const seen = new Set(messages.map(({ uidl }) => uidl));
  return {
    // What a former run did not get to the end of comes last: a message that can't be had keeps nobody from the others.
    toCollect: [...fresh.filter(({ uidl }) => !memory.has(uidl)), ...fresh.filter(({ uidl }) => memory.has(uidl))],
    toDelete: messages.filter((message) => isOld(message) && !incomplete.has(message.group)),
    tooLarge: messages.filter((message) => !isHere(message) && isTooLarge(message)).length,
    forget: [...memory.keys()].filter((uidl) => !seen.has(uidl)),
  };
}

/** The second and later of one name get a number, behind a space, which no UIDL has. */
function named(listed: readonly ListedMessage[]): readonly PlannedMessage[] {
  const counts = new Map<Uidl, number>();
  return listed.map((message) => {
    const before = counts.get(message.uidl) ?? 0;
    counts.set(message.uidl, before + 1);
    const uidl = before === 0 ? message.uidl : (`${message.uidl} ${before + 1}` as Uidl);
    return { ...message, uidl, group: message.uidl };
  });
}
