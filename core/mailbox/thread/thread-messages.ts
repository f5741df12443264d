import { fieldValue, headerFields } from '../../message/header.ts';
import { messageIdsIn, referencesIn } from '../../message/message-ids.ts';
import type { ThreadAlgorithm } from '../../values/sort-program.ts';
import type { MessageRecord } from '../mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../message-bodies.ts';
import { baseSubject } from '../sort/base-subject.ts';
import { collationKey } from '../sort/collation-key.ts';
import { type Ordering, recordsOf, turnOf } from '../sort/ordering.ts';
import { sentDate } from '../sort/sent-date.ts';
import { sortInTurns } from '../sort/sort-in-turns.ts';
import { Ancestry } from './ancestry.ts';
import { nobody } from './growing-forest.ts';
import { sameSubjects } from './same-subject.ts';
import { type Parents, Threads } from './threads.ts';

export interface Threading extends Ordering {
  readonly bodies: Pick<MessageBodies, 'read'>;
}

/** Threads of messages, and which UID each place stands for. */
export interface Threaded {
  readonly threads: Threads;
  readonly uids: readonly number[];
}

/**
 * THREAD (RFC 5256). Of each message only its date, subject and Message IDs are held. Messages expunged meanwhile are left out.
 * @param uids ascending
 * @throws MailboxGone, the signal's reason
 */
export async function threadMessages(uids: readonly number[], algorithm: ThreadAlgorithm, threading: Threading): Promise<Threaded> {
  const found: number[] = [];
  const dates: number[] = [];
  const subjects = new KnownSubjects();
  const ancestry = algorithm === 'REFERENCES' ? new Ancestry() : undefined;
  for await (const record of recordsOf(uids, threading)) {
    found.push(record.uid);
    dates.push(sentDate(record));
    subjects.add(record);
    ancestry?.add(messageIdsIn(record.facts.envelope.messageId)[0], await referencesOf(record, threading));
  }
  const giveTurn = turnOf(threading);
  const ranked = await sortInTurns(
    Uint32Array.from(found, (_, i) => i),
    byDate(dates),
    giveTurn,
  );
  const parents = ancestry === undefined ? firstOfSubject(ranked, subjects) : ancestry.parents();
  await giveTurn();
  const merged = ancestry === undefined ? parents : sameSubjects(parents, ranked, subjects);
  await giveTurn();
  return { threads: new Threads(merged, ranked), uids: found };
}

const byDate =
  (dates: readonly number[]) =>
  (a: number, b: number): number =>
    (dates[a] as number) - (dates[b] as number) || a - b;

/** ORDEREDSUBJECT: whoever has a subject first has all others as children. */
function firstOfSubject(ranked: Uint32Array, subjects: KnownSubjects): Parents {
  const first = new Map<string, number>();
  for (const message of ranked) if (!first.has(subjects.of(message))) first.set(subjects.of(message), message);
  const of = (message: number): number => {
    const parent = first.get(subjects.of(message)) ?? nobody;
    return parent === message ? nobody : parent;
  };
  return { messages: ranked.length, dummies: 0, of };
}

class KnownSubjects {
  readonly #keys: string[] = [];
  readonly #replies = new Set<number>();

  add({ facts }: MessageRecord): void {
    const { text, isReply } = baseSubject(facts.envelope.subject);
    if (isReply) this.#replies.add(this.#keys.length);
    this.#keys.push(collationKey(text));
  }

  of(message: number): string {
    return this.#keys[message] ?? '';
  }

  isReply(message: number): boolean {
    return this.#replies.has(message);
  }
}

/** Without References, the first that In-Reply-To names counts. */
async function referencesOf(record: MessageRecord, threading: Threading): Promise<readonly string[]> {
  const references = record.facts.references ?? (await readReferences(record, threading));
  return references.length > 0 ? references : messageIdsIn(record.facts.envelope.inReplyTo).slice(0, 1);
}

/** From the header of a message that came before References were looked for. */
async function readReferences({ body, facts }: MessageRecord, { bodies, signal }: Threading): Promise<readonly string[]> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of bodies.read(body, 0, Math.min(facts.structure.bodyStart, mostHeader))) {
      signal.throwIfAborted();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BodyMissing) return []; // expunged meanwhile
    throw error;
  }
  const block = Buffer.concat(chunks).toString('latin1');
  for (const field of headerFields(block)) if (field.name.toLowerCase() === 'references') return referencesIn(fieldValue(block, field));
  return [];
}

/** Octets of a header block that are looked at, as at delivery. */
const mostHeader = 1_048_576;
