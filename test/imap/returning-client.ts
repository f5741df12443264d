import assert from 'node:assert/strict';
import { formatNumberSet, numberSet } from '../../core/values/number-set.ts';
import type { Client } from '../harness/client.ts';
import { answerTo } from './open-imap.ts';

/** What a client keeps while it is away. */
interface Kept {
  validity: string | undefined;
  modseq: bigint;
  /** Every message up to this UID was fetched. */
  upTo: number;
  /** Flags by UID. */
  readonly messages: Map<number, string>;
}

/** What a client tells of itself when it comes back, besides UIDVALIDITY and MODSEQ. */
export interface Comeback {
  readonly knownUids: boolean;
  /** Every n-th message number is told with its UID; 0 tells none. */
  readonly everyNth: number;
}

/**
 * A client that keeps what it knows when its connection is lost, and comes back by QRESYNC. It takes every response at its word, and the
 * highest MODSEQ it has seen for how far it is, as far as no HIGHESTMODSEQ says something else. Fails when two responses can't both be true.
 */
export class ReturningClient {
  readonly kept: Kept = { validity: undefined, modseq: 0n, upTo: 0, messages: new Map() };
  readonly #mailbox: string;
  /** UIDs by message number, as far as they were told. */
  #numbers: (number | undefined)[] = [];
  #client: Client | undefined;

  constructor(mailbox: string) {
    this.#mailbox = mailbox;
  }

  get exists(): number {
    return this.#numbers.length;
  }

  async comeBack(client: Client, how: Comeback): Promise<void> {
    this.#client = client;
    this.#numbers = [];
    await this.ask('ENABLE QRESYNC');
    const { validity } = this.kept;
    await this.ask(`SELECT ${this.#mailbox}${validity === undefined ? '' : ` (QRESYNC (${this.#known(validity, how)}))`}`);
    this.#number();
    await this.fetchNew();
  }

  /** With all told, what is kept has the first numbers. */
  #number(): void {
    for (const [i, uid] of this.#fetchedBefore().entries()) {
      const told = this.#numbers[i];
      assert.ok(i < this.#numbers.length && (told === undefined || told === uid), this.#failure(`number ${i + 1} for UID ${uid}`));
      this.#numbers[i] = uid;
    }
  }

  #fetchedBefore(): readonly number[] {
    return [...this.kept.messages.keys()].filter((uid) => uid <= this.kept.upTo).sort((a, b) => a - b);
  }

  /** The connection is gone, at whatever moment; answers that are under way are never seen. */
  vanish(command?: string): void {
    if (command !== undefined) this.#client?.send(`t ${command}`);
    this.#client?.close();
    this.#client = undefined;
  }

  /** @param own what the client does by it to flags of its own messages, without being told of it */
  async ask(command: string, own: () => void = () => {}): Promise<void> {
    assert.ok(this.#client !== undefined);
    this.#client.send(`t ${command}`);
    await this.#hear(command, own);
  }

  async idleOnce(): Promise<void> {
    assert.ok(this.#client !== undefined);
    this.#client.send('t IDLE');
    this.#client.send('DONE');
    await this.#hear('IDLE', () => {});
  }

  async fetchNew(): Promise<void> {
    await this.ask(`UID FETCH ${this.kept.upTo + 1}:* (FLAGS)`);
    this.kept.upTo = Math.max(this.kept.upTo, ...this.#numbers.map((uid) => uid ?? 0));
  }

  #known(validity: string, { knownUids, everyNth }: Comeback): string {
    const uids = [...this.kept.messages.keys()].sort((a, b) => a - b);
    const sample =
      everyNth === 0
        ? []
        : this.#fetchedBefore()
            .map((uid, i) => ({ uid, msn: i + 1 }))
            .filter(({ msn }) => msn % everyNth === 0);
    const matches = `(${sample.map(({ msn }) => msn).join(',')} ${sample.map(({ uid }) => uid).join(',')})`;
    return [
      validity,
      this.kept.modseq === 0n ? 1n : this.kept.modseq,
      ...(knownUids && uids.length > 0 ? [formatNumberSet(numberSet(uids))] : []),
      ...(sample.length > 0 ? [matches] : []),
    ].join(' ');
  }

  async #hear(command: string, own: () => void): Promise<void> {
    const lines = await answerTo(this.#client as Client, 't');
    own();
    let highest = this.kept.modseq;
    for (const line of lines) {
      const modseq = /^\* \d+ FETCH .*MODSEQ \((\d+)\)/.exec(line)?.[1];
      if (modseq !== undefined && BigInt(modseq) > highest) highest = BigInt(modseq);
      this.#believe(line, command);
    }
    const told = lines.flatMap((line) => /\[HIGHESTMODSEQ (\d+)\]/.exec(line)?.[1] ?? []).at(-1);
    this.kept.modseq = told === undefined ? highest : BigInt(told);
    // A message that another client took away can't be moved.
    const isDone = command.startsWith('UID MOVE') ? /^t (?:OK|NO \[EXPUNGEISSUED\])/ : /^t OK/;
    assert.match(lines.at(-1) ?? 'nothing', isDone, this.#failure('refused'));
  }

  #believe(line: string, command: string): void {
    assert.doesNotMatch(line, /^\* \d+ EXPUNGE/, this.#failure(line));
    const [, number = '', what, rest = ''] = /^\* (\d+) (EXISTS|FETCH)(.*)/.exec(line) ?? [];
    if (what === 'EXISTS') {
      assert.ok(Number(number) >= this.#numbers.length, this.#failure(line));
      while (this.#numbers.length < Number(number)) this.#numbers.push(undefined);
    } else if (what === 'FETCH') this.#fetched(Number(number), rest, line);
    this.kept.validity = /\[UIDVALIDITY (\d+)\]/.exec(line)?.[1] ?? this.kept.validity;
    const vanished = /^\* VANISHED (\(EARLIER\) )?(\S+)$/.exec(line);
    if (vanished === null) return;
    if (vanished[1] === undefined) assert.doesNotMatch(command, /^(?:FETCH|STORE|SEARCH)/, this.#failure(line));
    for (const uid of eachOf(vanished[2] ?? '')) this.#vanished(uid, vanished[1] !== undefined, line);
  }

  #vanished(uid: number, earlier: boolean, line: string): void {
    this.kept.messages.delete(uid);
    const at = this.#numbers.indexOf(uid);
    if (earlier) {
      assert.equal(at, -1, this.#failure(line));
      return;
    }
    // One that it was not told the UID of: those are the last ones, and any of them may stand for it.
    const last = at >= 0 ? at : this.#numbers.lastIndexOf(undefined);
    assert.ok(last >= 0, this.#failure(line));
    this.#numbers.splice(last, 1);
  }

  #fetched(msn: number, rest: string, line: string): void {
    const before = this.#numbers[msn - 1];
    const told = /UID (\d+)/.exec(rest)?.[1];
    const uid = told === undefined ? before : Number(told);
    assert.ok(msn <= this.#numbers.length && uid !== undefined && (before === undefined || before === uid), this.#failure(line));
    this.#numbers[msn - 1] = uid;
    const flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1];
    if (flags !== undefined) this.kept.messages.set(uid, inOrder(flags));
  }

  #failure(what: string): string {
    return `${what}, after\n${this.#client?.transcript.slice(-30).join('\n')}`;
  }
}

/** Flags of a FETCH response as they are compared: without \Recent, in order. */
export const inOrder = (flags: string): string =>
  flags
    .split(' ')
    .filter((flag) => flag !== '' && flag !== '\\Recent')
    .sort()
    .join(' ');

const eachOf = (set: string): readonly number[] =>
  set.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split(':').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
