import type { FlagRow, MailboxDelta, MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import { searchMailbox } from '../../core/mailbox/search/search.ts';
import type { SearchPorts } from '../../core/mailbox/search/search-result.ts';
import { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import type { Flag } from '../../core/values/flags.ts';
import type { BodyId, MailboxId } from '../../core/values/ids.ts';
import { inNumberSet, numberSet } from '../../core/values/number-set.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
import type { Modseq, Uid } from '../../core/values/uid.ts';

export const theMailbox = 'm' as MailboxId;
const giveTurn = async (): Promise<void> => {};

/** How a mailbox stands at one moment; it never changes. */
type Moment = ReadonlyMap<number, FlagRow & { readonly text: string }>;

/** A mailbox that goes on living while it is searched. Reads take as long as the test wants, and those of bodies are counted. */
export class LivingMailbox {
  /** Every moment of its life; the last is now. */
  readonly moments: Moment[] = [new Map()];
  readonly #expunged: { readonly uid: number; readonly modseq: bigint }[] = [];
  #uidNext = 1;
  #highest = 1n;
  bodyReads = 0;
  /** Each read of the mailbox or a body waits for it. */
  gate: () => Promise<void> = giveTurn;

  get now(): number {
    return this.moments.length - 1;
  }

  get #messages(): Moment {
    return this.moments.at(-1) as Moment;
  }

  append(text: string, flags: readonly Flag[] = []): void {
    this.#highest += 1n;
    const uid = this.#uidNext++ as Uid;
    this.moments.push(new Map(this.#messages).set(uid, { uid, flags, modseq: this.#highest as Modseq, text }));
  }

  flag(nth: number, flags: readonly Flag[]): void {
    const message = this.#nth(nth);
    if (message === undefined) return;
    this.#highest += 1n;
    this.moments.push(new Map(this.#messages).set(message.uid, { ...message, flags, modseq: this.#highest as Modseq }));
  }

  expunge(nth: number): void {
    const message = this.#nth(nth);
    if (message === undefined) return;
    this.#highest += 1n;
    this.#expunged.push({ uid: message.uid, modseq: this.#highest });
    const left = new Map(this.#messages);
    left.delete(message.uid);
    this.moments.push(left);
  }

  /** As a SELECT opens it. */
  select(): SelectedMailbox {
    const rows = [...this.#messages.values()];
    return new SelectedMailbox({
      uids: Uint32Array.from(rows, ({ uid }) => uid),
      uidNext: this.#uidNext as Uid,
      highestModseq: this.#highest as Modseq,
      recent: [],
    });
  }

  hear(view: SelectedMailbox): void {
    view.advance(this.#since(view.modseq), true);
  }

  ports(): SearchPorts {
    return {
      giveTurn,
      mailboxes: {
        status: async () => {
          await this.gate();
          return { highestModseq: this.#highest as Modseq } as never;
        },
        flags: async (_, uids) => {
          await this.gate();
          return [...this.#messages.values()].filter(({ uid }) => inNumberSet(uids, uid));
        },
        changesSince: async (_, modseq) => {
          await this.gate();
          return this.#since(modseq);
        },
        messages: (_, uids) => this.#records(uids),
      },
      bodies: this.#bodies(),
    };
  }

  /** What a search of its own finds at a moment, at once: UIDs of the view that match. */
  async alone(criteria: SearchKey, view: SelectedMailbox, at: number): Promise<ReadonlySet<number>> {
    const moment = this.moments[at] as Moment;
    const rows = [...moment.values()].filter(({ uid }) => view.msnOf(uid) > 0).map((row) => ({ ...row, msn: 0, recent: false }));
    const mailboxes = { messages: async function* () {
      for (const row of rows) yield recordOf(row);
    } }; // biome-ignore format: one port
    const found = await searchMailbox({ criteria: spelledOut(criteria, view), rows, mailbox: theMailbox, mailboxes, bodies, giveTurn });
    return new Set(found.map(({ uid }) => uid));
  }

  #nth(nth: number): (FlagRow & { readonly text: string }) | undefined {
    const all = [...this.#messages.values()];
    return all[nth % Math.max(1, all.length)];
  }

  #since(modseq: Modseq): MailboxDelta {
    const changed = [...this.#messages.values()].filter((row) => row.modseq > modseq);
    const vanished = numberSet(this.#expunged.filter((one) => one.modseq > modseq).map((one) => one.uid));
    return { changed, vanished, highestModseq: this.#highest as Modseq, uidNext: this.#uidNext as Uid };
  }

  async *#records(uids: Parameters<typeof inNumberSet>[0]): AsyncGenerator<MessageRecord, void, undefined> {
    for (let last = 0; ; ) {
      await this.gate();
      const next = [...this.#messages.values()].find(({ uid }) => uid > last && inNumberSet(uids, uid));
      if (next === undefined) return;
      last = next.uid;
      yield recordOf(next);
    }
  }

  #bodies(): MessageBodies {
    const read = async function* (this: LivingMailbox, id: BodyId, from: number, to: number) {
      this.bodyReads += 1;
      await this.gate();
      yield* bodies.read(id, from, to);
    };
    return { read: read.bind(this) } as Pick<MessageBodies, 'read'> as MessageBodies;
  }
}

/** Sets as the UIDs that they name in this view, one by one. */
export function spelledOut(key: SearchKey, view: SelectedMailbox): SearchKey {
  if (key.key === 'NOT') return { key: 'NOT', of: spelledOut(key.of, view) };
  if (key.key === 'AND') return { key: 'AND', of: key.of.map((one) => spelledOut(one, view)) };
  if (key.key === 'OR') return { key: 'OR', of: [spelledOut(key.of[0], view), spelledOut(key.of[1], view)] };
  if (key.key !== 'SET' && key.key !== 'UID') return key;
  const known = Array.from({ length: view.exists }, (_, i) => ({ SET: i + 1, UID: view.uidOf(i + 1) }));
  const last = known.at(-1)?.[key.key] ?? 0;
  const named = known.filter((one) =>
    key.set.some((range) => {
      if (range === '$') throw new Error('nothing is saved here');
      const ends = [range.from, range.to].map((end) => (end === '*' ? last : end));
      return one[key.key] >= Math.min(...ends) && one[key.key] <= Math.max(...ends);
    }),
  );
  return { key: 'UID', set: numberSet(named.map(({ UID }) => UID)) };
}

const facts = new Map<string, MessageRecord['facts']>();

function factsOf(text: string): MessageRecord['facts'] {
  const known = facts.get(text);
  if (known !== undefined) return known;
  const parser = messageFacts();
  parser.write(Buffer.from(text));
  const parsed = parser.end();
  facts.set(text, parsed);
  return parsed;
}

const recordOf = ({ text, ...row }: FlagRow & { readonly text: string }): MessageRecord => ({
  ...row,
  internalDate: 0,
  body: text as BodyId, // a body's id is its text
  prefix: '',
  size: text.length,
  facts: factsOf(text),
});

const bodies = {
  read: async function* (id: BodyId, from: number, to: number) {
    yield Buffer.from(id).subarray(from, to);
  },
} as Pick<MessageBodies, 'read'> as MessageBodies;

export const letter = (subject: string, body: string): string => `From: bob@example.net\r\nSubject: ${subject}\r\n\r\n${body}\r\n`;
