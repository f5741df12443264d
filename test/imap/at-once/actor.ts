import assert from 'node:assert/strict';
import { formatNumberSet, type NumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Client } from '../../harness/client.ts';
import { answerTo } from '../open-imap.ts';
import { inOrder, type Reference } from './reference.ts';

/** What a client has agreed on with the server before it selects anything. */
export type Speaks = 'plain' | 'CONDSTORE' | 'QRESYNC' | 'QRESYNC UIDONLY';

/** What a client keeps of a mailbox that it has left. */
interface Kept {
  readonly validity: string;
  readonly modseq: bigint;
  readonly flags: ReadonlyMap<number, string>;
  readonly numbers: readonly number[];
}

/** What one answer has told. */
export interface Said {
  readonly lines: readonly string[];
  /** The tagged line without its tag. */
  readonly reply: string;
  /** How often flags were told, by UID. */
  readonly flagsTold: ReadonlyMap<number, number>;
  /** MODSEQs told last, by UID. */
  readonly modseqs: ReadonlyMap<number, bigint>;
}

/** Changes what a client hears: a listener that says something else. */
export type Mishearing = (lines: readonly string[], command: string) => readonly string[];

const mayNotExpunge = /^(?:FETCH|STORE|SEARCH) /;

/**
 * A client that takes every response at its word and keeps numbers, UIDs and flags by them alone, over lost connections too. Where no
 * response has told a UID yet, the number stands for any.
 */
export class Actor {
  readonly name: string;
  readonly speaks: Speaks;
  readonly #logIn: () => Promise<Client>;
  readonly #mishear: Mishearing;
  #client: Client | undefined;
  /** UIDs by message number. */
  numbers: (number | undefined)[] = [];
  /** As told, by UID. */
  readonly flags = new Map<number, string>();
  readonly kept = new Map<number, Kept>();
  selected: { readonly box: number; readonly readOnly: boolean; readonly validity: string } | undefined;
  /** How far it was told, by the MODSEQs it has seen. */
  modseq = 0n;
  /** The mailbox's highest MODSEQ when this client was last told the news. */
  toldUpTo = 0n;
  isIdling = false;

  constructor(name: string, speaks: Speaks, logIn: () => Promise<Client>, mishear: Mishearing) {
    this.name = name;
    this.speaks = speaks;
    this.#logIn = logIn;
    this.#mishear = mishear;
  }

  get isQresync(): boolean {
    return this.speaks.startsWith('QRESYNC');
  }

  /** It knows no numbers but how many messages there are. */
  get isUidOnly(): boolean {
    return this.speaks === 'QRESYNC UIDONLY';
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  async connect(): Promise<void> {
    if (this.#client !== undefined) return;
    this.#client = await this.#logIn();
    if (this.speaks !== 'plain') await this.ask(`ENABLE ${this.speaks}`);
  }

  /** The connection is lost. @param within the command whose answer is never seen */
  vanish(within?: string): void {
    this.leave();
    if (within !== undefined) this.#client?.send(`t ${within}`);
    this.#client?.close();
    this.#client = undefined;
    this.isIdling = false;
  }

  /** What it knows of the mailbox is kept. */
  leave(): void {
    const { selected, modseq } = this;
    const numbers = this.numbers.filter((uid) => uid !== undefined);
    if (selected !== undefined && numbers.length === this.numbers.length)
      this.kept.set(selected.box, { validity: selected.validity, modseq, flags: new Map(this.flags), numbers });
    this.numbers = [];
    this.flags.clear();
    this.selected = undefined;
  }

  /** @param octets of messages, each behind `between` but for the first */
  async ask(command: string, octets: readonly string[] = [], between = ''): Promise<Said> {
    this.#send(command + octets.map((one) => ` {${one.length}+}\r\n${one}`).join(between));
    return this.#hear(command);
  }

  async idle(): Promise<void> {
    this.#send('IDLE');
    await this.#client?.expect('+ *');
    this.isIdling = true;
  }

  async rouse(): Promise<Said> {
    this.#client?.send('DONE');
    this.isIdling = false;
    return this.#hear('IDLE');
  }

  /** Selects a mailbox; a client that knows QRESYNC is told what it missed. */
  async select(verb: 'SELECT' | 'EXAMINE', box: number, name: string, everyNth: number): Promise<Said> {
    if (this.selected !== undefined) this.leave();
    const kept = this.isQresync ? this.kept.get(box) : undefined;
    this.modseq = kept?.modseq ?? 0n;
    for (const [uid, flags] of kept?.flags ?? []) this.flags.set(uid, flags);
    const said = await this.ask(`${verb} ${name}${kept === undefined ? '' : ` (QRESYNC (${comeback(kept, everyNth, this.isUidOnly)}))`}`);
    const validity = /\[UIDVALIDITY (\d+)\]/.exec(said.lines.join('\n'))?.[1] ?? '';
    this.selected = { box, readOnly: verb === 'EXAMINE', validity };
    return said;
  }

  /**
   * The numbers have to be those of `view`, and the flags those that are kept.
   * @param gone messages of the view that are there no more, which the client may not be told of yet
   */
  compare(view: readonly number[], reference: Reference, gone: ReadonlySet<number>): void {
    const { selected } = this;
    if (selected === undefined) return;
    assert.equal(this.numbers.length, view.length, this.failure(`knows ${this.numbers.length} messages of ${view.length}`));
    for (const [i, uid] of view.entries()) {
      assert.ok(this.numbers[i] === undefined || this.numbers[i] === uid, this.failure(`takes number ${i + 1} for UID ${this.numbers[i]}, not ${uid}`)); // biome-ignore format: one thought
    }
    this.numbers = [...view];
    for (const [uid, flags] of this.flags) {
      if (gone.has(uid)) continue;
      const kept: string | undefined = reference.box(selected.box).get(uid)?.flags;
      assert.equal(flags, kept, this.failure(`believes that UID ${uid} has (${flags}), and it ${kept === undefined ? 'is gone' : `has (${kept})`}`)); // biome-ignore format: one thought
    }
  }

  failure(what: string): string {
    return `${this.name} ${what}; the dialogue so far:\n${this.#client?.transcript.slice(-40).join('\n')}`;
  }

  #send(command: string): void {
    this.#client?.send(`t ${command}`);
  }

  async #hear(command: string): Promise<Said> {
    const heard = this.#mishear(await answerTo(this.#client as Client, 't'), command);
    const said = { lines: heard, reply: heard.at(-1)?.slice(2) ?? '', flagsTold: new Map<number, number>(), modseqs: new Map() };
    let highest = this.modseq;
    for (const line of heard) {
      this.#believe(line, command, said);
      const modseq = /^\* \d+ (?:UID)?FETCH .*MODSEQ \((\d+)\)/.exec(line)?.[1];
      if (modseq !== undefined && BigInt(modseq) > highest) highest = BigInt(modseq);
    }
    // The highest of what was told is how far it is, as far as the server does not say otherwise (RFC 7162 section 3.2.7).
    const told = heard.flatMap((line) => /\[HIGHESTMODSEQ (\d+)\]/.exec(line)?.[1] ?? []).at(-1);
    this.modseq = told === undefined ? highest : BigInt(told);
    assert.match(said.reply, /^(?:OK|NO \[(?:EXPUNGEISSUED|READ-ONLY|MODIFIED [\d:,]+)\])/, this.failure(`was refused ${command}`));
    return said;
  }

  #believe(line: string, command: string, said: { flagsTold: Map<number, number>; modseqs: Map<number, bigint> }): void {
    const [, number = '', what, rest = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH|UIDFETCH)(.*)/.exec(line) ?? [];
    if (what === 'EXISTS') {
      assert.ok(Number(number) >= this.numbers.length, this.failure(`heard ${line} and knew ${this.numbers.length}`));
      while (this.numbers.length < Number(number)) this.numbers.push(undefined);
    } else if (what === 'EXPUNGE') {
      const isFair = !this.isQresync && !mayNotExpunge.test(command) && Number(number) <= this.numbers.length;
      assert.ok(isFair && Number(number) >= 1, this.failure(`heard ${line} after ${command}`));
      const [uid] = this.numbers.splice(Number(number) - 1, 1);
      if (uid !== undefined) this.flags.delete(uid);
    } else if (what === 'FETCH' || what === 'UIDFETCH') this.#fetched(Number(number), rest, line, said);
    const vanished = /^\* VANISHED (\(EARLIER\) )?(\S+)$/.exec(line);
    if (vanished === null) return;
    const isEarlier = vanished[1] !== undefined;
    assert.ok(this.isQresync && (isEarlier || !mayNotExpunge.test(command)), this.failure(`heard ${line} after ${command}`));
    for (const uid of eachOf(vanished[2] ?? '')) this.#vanished(uid, isEarlier, line);
  }

  #vanished(uid: number, isEarlier: boolean, line: string): void {
    this.flags.delete(uid);
    const at = this.numbers.indexOf(uid);
    assert.ok(!isEarlier || at < 0, this.failure(`heard ${line}, which has a number`));
    if (isEarlier) return;
    const index = at >= 0 ? at : this.#unknown(uid);
    assert.ok(index >= 0, this.failure(`heard ${line}, which has no number`));
    this.numbers.splice(index, 1);
  }

  #numbered(msn: number, rest: string, line: string): number | undefined {
    const before = this.numbers[msn - 1];
    const told = /UID (\d+)/.exec(rest)?.[1];
    const uid = told === undefined ? before : Number(told);
    const isFair = / FETCH /.test(line) && msn <= this.numbers.length && (before === undefined || before === uid);
    assert.ok(isFair, this.failure(`heard ${line}`));
    if (uid !== undefined) this.numbers[msn - 1] = uid;
    return uid;
  }

  #known(uid: number, line: string): number {
    assert.ok(/ UIDFETCH /.test(line) && (this.numbers.includes(uid) || this.#unknown(uid) >= 0), this.failure(`heard ${line}`));
    return uid;
  }

  /** @returns where a UID may stand that was never told: numbers ascend as UIDs do */
  #unknown(uid: number): number {
    const above = this.numbers.findIndex((one) => one !== undefined && one > uid);
    const index = this.numbers.lastIndexOf(undefined, above < 0 ? this.numbers.length : above);
    return this.numbers.findLastIndex((one) => one !== undefined && one < uid) < index ? index : -1;
  }

  #fetched(
    number: number,
    rest: string,
    line: string,
    { flagsTold, modseqs }: { flagsTold: Map<number, number>; modseqs: Map<number, bigint> },
  ): void {
    // biome-ignore format: one thought
    const uid = this.isUidOnly ? this.#known(number, line) : this.#numbered(number, rest, line);
    if (uid === undefined) return; // news of a message whose UID was never asked for
    const flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1];
    if (flags !== undefined) {
      this.flags.set(uid, inOrder(flags.split(' ')));
      flagsTold.set(uid, (flagsTold.get(uid) ?? 0) + 1);
    }
    const modseq = /MODSEQ \((\d+)\)/.exec(rest)?.[1];
    if (modseq !== undefined) modseqs.set(uid, BigInt(modseq));
  }
}

/** What it says of itself (RFC 7162 section 3.2.5). @param everyNth message number told with its UID; 0 tells none, and no UIDs either */
function comeback({ validity, modseq, flags, numbers }: Kept, everyNth: number, isUidOnly: boolean): string {
  const since = modseq === 0n ? 1n : modseq;
  const uids = [...new Set([...flags.keys(), ...numbers])];
  if (everyNth === 0 || uids.length === 0) return `${validity} ${since}`;
  const sample = isUidOnly ? [] : numbers.flatMap((uid, i) => ((i + 1) % everyNth === 0 ? [{ msn: i + 1, uid }] : []));
  const matches = sample.length === 0 ? '' : ` (${sample.map(({ msn }) => msn).join(',')} ${sample.map(({ uid }) => uid).join(',')})`;
  return `${validity} ${since} ${formatNumberSet(numberSet(uids))}${matches}`;
}

export const eachOf = (set: string): readonly number[] =>
  set.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split(':').map(Number);
    return numbersIn([{ from, to }]);
  });

export const numbersIn = (set: NumberSet): readonly number[] =>
  set.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
