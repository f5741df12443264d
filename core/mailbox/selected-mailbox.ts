import type { Acl } from '../accounts/acl.ts';
import { inNumberSet, mergeRanges, type NumberRange, type NumberSet, numberSet, without } from '../values/number-set.ts';
import type { SequenceSet } from '../values/search-key.ts';
import type { Modseq, Uid } from '../values/uid.ts';
import type { FlagRow, MailboxDelta } from './mailbox-store.ts';
import { UidList } from './uid-list.ts';

/** What the client must be told, in this order. */
export interface ViewUpdate {
  /** MSNs for EXPUNGE, each counted with those before it gone (RFC 3501 section 7.4.1). */
  readonly expunged: readonly number[];
  /** UIDs of the same messages, ascending, for VANISHED (RFC 7162 section 3.2.10.2). */
  readonly vanished: readonly number[];
  /** New number of messages, when some arrived. */
  readonly exists?: number;
  /** Those that arrived, ascending. */
  readonly arrived?: readonly FlagRow[];
  /** Flags that others changed; MSNs as they are after the expunges. */
  readonly changed: readonly (FlagRow & { readonly msn: number })[];
}

const nothingSaved = new Uint32Array(0);
const nothing: ViewUpdate = { expunged: [], vanished: [], changed: [] };

/** What a SELECT or EXAMINE found. */
export interface OpenedMailbox {
  /** Ascending. They are the view's from then on. */
  readonly uids: Uint32Array;
  readonly uidNext: Uid;
  readonly highestModseq: Modseq;
  /** UIDs of the messages that are \Recent here. */
  readonly recent: NumberSet;
  /** The mailbox's list of rights. */
  readonly acl?: Acl | undefined;
}

/**
 * One client's view of a mailbox: which MSN is which UID, as the client believes it. Messages that others expunged keep their MSN here
 * until the client may be told; what happened meanwhile comes in as MailboxStore.changesSince answers.
 */
export class SelectedMailbox {
  readonly #uids: UidList;
  /** Lowest UID that no delta has covered. */
  #uidNext: number;
  #modseq: Modseq;
  #toldModseq: Modseq;
  #recent: NumberRange[] = [];
  #recentCount = 0;
  /** Gone from the store, not yet told. Ascending. */
  #gone: number[] = [];
  /** What the last SEARCH saved, as UIDs: lowest and highest of each range in turn, since every session may keep one. */
  #saved = nothingSaved;
  /** Changes this client made itself and was already told of, by UID: the next delta brings them back. */
  #own: Map<Uid, Modseq> | undefined;
  #acl: Acl | undefined;
  /** Others changed flags, and the client did not want to hear of it. */
  #keepsFlags = false;

  constructor(opened: OpenedMailbox) {
    this.#uids = new UidList(opened.uids);
    this.#uidNext = opened.uidNext;
    this.#modseq = opened.highestModseq;
    this.#toldModseq = opened.highestModseq;
    this.#acl = opened.acl;
    this.addRecent(opened.recent);
  }

  /** The mailbox's list of rights, as the last delta told it: what this client may do follows from it. */
  get acl(): Acl | undefined {
    return this.#acl;
  }

  get exists(): number {
    return this.#uids.length;
  }

  /** Everything up to this MODSEQ is in the view, or waits in it to be told. */
  get modseq(): Modseq {
    return this.#modseq;
  }

  /** Where the next delta has to begin. @param tellsFlags so that it brings those again that were kept from the client */
  since(tellsFlags: boolean): Modseq {
    return tellsFlags && this.#keepsFlags ? this.#toldModseq : this.#modseq;
  }

  /** Everything up to this MODSEQ was told: lower than `modseq` while expunges wait, or when the client does not want to hear of flags. */
  get toldModseq(): Modseq {
    return this.#toldModseq;
  }

  /** Expunges wait to be told. */
  get expungesWait(): boolean {
    return this.#gone.length > 0;
  }

  /** Above every UID that the view has taken in. */
  get uidNext(): number {
    return this.#uidNext;
  }

  get recentCount(): number {
    return this.#recentCount;
  }

  /** @returns 0 outside 1 to `exists` */
  uidOf(msn: number): Uid {
    return this.#uids.at(msn) as Uid;
  }

  /** @returns 0 when the client does not know this message */
  msnOf(uid: Uid): number {
    return this.#uids.msnOf(uid);
  }

  isRecent(uid: Uid): boolean {
    return inNumberSet(this.#recent, uid);
  }

  /** These are \Recent for this session, those too that it is yet to hear of. */
  addRecent(uids: NumberSet): void {
    const added = mergeRanges(uids);
    // What arrives is above all that is here: a set with many gaps is not to be gone through each time.
    const isAbove = (added[0]?.from ?? 0) > (this.#recent.at(-1)?.to ?? 0);
    const fresh = isAbove ? added : without(added, this.#recent);
    for (const { from, to } of fresh) this.#recentCount += this.#uids.countBelow(to + 1) - this.#uids.countBelow(from);
    if (isAbove) this.#pushRecent(fresh);
    else this.#recent = [...mergeRanges([...this.#recent, ...fresh])];
  }

  #pushRecent([first, ...more]: NumberSet): void {
    const last = this.#recent.at(-1);
    if (first === undefined) return;
    if (last?.to === first.from - 1) this.#recent[this.#recent.length - 1] = { from: last.from, to: first.to };
    else this.#recent.push(first);
    for (const range of more) this.#recent.push(range);
  }

  /** From now on `$` stands for these UIDs, as long as they are in the view (RFC 9051 section 6.4.4.1). */
  save(uids: NumberSet): void {
    this.#saved = Uint32Array.from(uids.flatMap(({ from, to }) => [from, to]));
  }

  /** IMAP4rev2 knows no \Recent. */
  forgetRecent(): void {
    this.#recent = [];
    this.#recentCount = 0;
  }

  /**
   * @param byUid numbers are UIDs: those nobody has are passed over. Otherwise they are MSNs, and one that is not there is an error
   * @returns MSNs; undefined when an MSN is out of range (`*` in an empty mailbox too: RFC 3501 section 9, seq-number)
   */
  resolve(set: SequenceSet, byUid: boolean): NumberSet | undefined {
    const most = byUid ? this.#uids.at(this.exists) : this.exists;
    const ranges: NumberRange[] = [];
    for (const one of set) {
      if (one === '$') {
        for (const saved of this.#savedMsns()) ranges.push(saved);
        continue;
      }
      const { from, to } = one;
      const a = from === '*' ? most : from;
      const b = to === '*' ? most : to;
      const range = { from: Math.min(a, b), to: Math.max(a, b) };
      if (!byUid && (range.from < 1 || range.to > most)) return undefined;
      const msns = byUid ? this.#msnsOf(range) : range;
      if (msns.from <= msns.to) ranges.push(msns);
    }
    return mergeRanges(ranges);
  }

  #msnsOf(uids: NumberRange): NumberRange {
    return { from: this.#uids.countBelow(uids.from) + 1, to: this.#uids.countBelow(uids.to + 1) };
  }

  #savedMsns(): readonly NumberRange[] {
    const ranges: NumberRange[] = [];
    for (let i = 0; i < this.#saved.length; i += 2) {
      const msns = this.#msnsOf({ from: this.#saved[i] ?? 0, to: this.#saved[i + 1] ?? 0 });
      if (msns.from <= msns.to) ranges.push(msns);
    }
    return ranges;
  }

  /**
   * @returns UIDs of these MSNs. Ranges may span UIDs that were never told: none of them has a message, except one that this client
   * has not been told of because it is gone
   */
  uidsOf(msns: NumberSet): NumberSet {
    return msns.map(({ from, to }) => ({ from: this.#uids.at(from), to: this.#uids.at(to) }));
  }

  /** @returns those of these UIDs that are no messages of this view: of the others the client is yet to hear that they are gone */
  notHere(uids: NumberSet): NumberSet {
    const here = numberSet(this.#within(uids));
    return here.length === 0 ? uids : without(uids, here);
  }

  /** Nothing is told for a while: what it made itself would be kept until then. */
  forgetOwn(): void {
    this.#own = undefined;
  }

  /** The client is being told of these itself: the next `advance` will not repeat them. */
  expectOwn(rows: readonly FlagRow[]): void {
    if (rows.length === 0) return;
    this.#own ??= new Map();
    for (const row of rows) this.#own.set(row.uid, row.modseq);
  }

  /**
   * Takes in what happened and gives out what may be told.
   * @param mayExpunge false while answering FETCH, STORE or SEARCH by MSN (RFC 3501 section 7.4.1): expunges then wait
   * @param tellsFlags false when the client does not want to hear of flags that others change (RFC 5465)
   */
  advance(delta: MailboxDelta, mayExpunge: boolean, tellsFlags = true): ViewUpdate {
    this.#acl = delta.acl;
    this.#gone = merge(this.#gone, this.#known(delta.vanished)); // many may wait for many polls: each costs what is new
    const own = this.#own;
    this.#own = undefined;
    const rows = delta.changed.filter((row) => row.uid >= this.#uidNext);
    const arrived = rows.map((row) => row.uid);
    const others = delta.changed.filter((row) => row.uid < this.#uidNext && own?.get(row.uid) !== row.modseq);
    const vanished = mayExpunge ? this.#gone : [];
    const expunged = this.#uids.remove(vanished);
    if (mayExpunge) this.#gone = [];
    this.#uids.append(arrived);
    this.#recentCount += this.#countRecent(arrived) - this.#countRecent(vanished);
    this.#uidNext = Math.max(this.#uidNext, delta.uidNext);
    if (delta.highestModseq > this.#modseq) this.#modseq = delta.highestModseq;
    this.#keepsFlags = !tellsFlags && (this.#keepsFlags || others.length > 0);
    if (this.#gone.length === 0 && !this.#keepsFlags) this.#toldModseq = this.#modseq;
    if (expunged.length + arrived.length + others.length === 0) return nothing;
    const changed = (tellsFlags ? others : []).map((row) => ({ ...row, msn: this.msnOf(row.uid) })).filter((row) => row.msn > 0);
    return { expunged, vanished, changed, ...(arrived.length > 0 && { exists: this.exists, arrived: rows }) };
  }

  /** UIDs of the view that lie in the set and do not already wait to be told. */
  #known(vanished: NumberSet): number[] {
    const known = this.#within(vanished);
    return this.#gone.length === 0 ? known : known.filter((uid) => this.#gone[countBelow(this.#gone, uid)] !== uid);
  }

  #countRecent(uids: readonly number[]): number {
    return this.#recent.length === 0 ? 0 : uids.reduce((count, uid) => count + (inNumberSet(this.#recent, uid) ? 1 : 0), 0);
  }

  /** UIDs of the view that lie in the set, ascending. */
  #within(uids: NumberSet): number[] {
    const found: number[] = [];
    for (const { from, to } of uids) {
      const last = this.#uids.countBelow(to + 1);
      for (let msn = this.#uids.countBelow(from) + 1; msn <= last; msn++) found.push(this.#uids.at(msn));
    }
    return found;
  }
}

/** @returns how many of the numbers, which ascend, are lower */
function countBelow(numbers: readonly number[], one: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < one) low = middle + 1;
    else high = middle;
  }
  return low;
}

const few = 16;

/** Both ascend, and have no number in common. `a` is not to be used any more. */
function merge(a: number[], b: number[]): number[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  if (b.length <= few) {
    for (const one of b) a.splice(countBelow(a, one), 0, one);
    return a;
  }
  const merged: number[] = [];
  let i = 0;
  for (const one of b) {
    for (let next = a[i]; next !== undefined && next < one; next = a[++i]) merged.push(next);
    merged.push(one);
  }
  for (; i < a.length; i++) merged.push(a[i] as number);
  return merged;
}
