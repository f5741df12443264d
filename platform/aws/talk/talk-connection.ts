import { randomBytes } from 'node:crypto';
import net from 'node:net';
import type { Parsed } from '../../../core/observe/process-facts.ts';
import type { Request } from '../../../core/observe/process-requests.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { ListedProcess } from './process-directory.ts';
import { FrameCutter, helloOctets, Opener, Sealer, talkKeys } from './sealed-frames.ts';
import { askedText, changedText, mostMailboxes, parseAnswerPart } from './words.ts';

const connectTime = 1_000; // ms: both ends are in one VPC
const idleTime = 60_000; // ms: less than the other side's
/** Octets that wait for a process that does not read: then it is left alone. */
const mostUnsent = 1024 * 1024;
/** Octets of one answer: 70,000 sessions, more than the largest task bears, are some 15 MB. */
const longestAnswer = 16 * 1024 * 1024;

interface Awaited {
  readonly facts: NonNullable<Parsed>[];
  octets: number;
  readonly end: () => void;
}

/** A connection to one process, kept open while it is used. What can't be said is dropped; nothing here throws. */
export class TalkConnection {
  readonly #socket: net.Socket;
  readonly #key: Buffer;
  readonly #hello = randomBytes(helloOctets);
  readonly #cutter = new FrameCutter();
  readonly #asked = new Map<number, Awaited>();
  readonly #late: NodeJS.Timeout;
  #sealed: { readonly opener: Opener; readonly sealer: Sealer } | undefined;
  /** What is to be said once the other side's hello is here. */
  #early: Buffer[] = [];
  #questions = 0;
  /** Octets that the network has not taken yet. */
  #unsent = 0;
  #whenSent: (() => void)[] = [];

  #isDone = false;

  /** @param over told once, when nothing more can be said. `failed`: not by our will, so that it may not even have heard us */
  constructor({ address, key }: Pick<ListedProcess, 'address' | 'key'>, over: (failed: boolean) => void) {
    this.#key = key;
    this.#socket = net.connect({ ...hostAndPort(address), noDelay: true });
    this.#late = setTimeout(() => this.#socket.destroy(), connectTime).unref();
    this.#socket
      .setTimeout(idleTime, () => this.close())
      .on('error', () => {}) // it is gone, or was never there: `close` follows
      .on('data', (octets: Buffer) => this.#took(octets) || this.#socket.destroy())
      .once('close', () => {
        this.#end();
        over(!this.#isDone);
      });
  }

  changed(mailboxes: readonly MailboxId[]): void {
    for (let at = 0; at < mailboxes.length; at += mostMailboxes) this.#say(changedText(mailboxes.slice(at, at + mostMailboxes)));
  }

  /** @returns what came until the answer was whole, the connection over or the time up */
  ask(request: Request, within: number): Promise<readonly NonNullable<Parsed>[]> {
    const id = ++this.#questions;
    return new Promise((resolve) => {
      const facts: NonNullable<Parsed>[] = [];
      const end = (): void => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(facts);
      };
      const timer = setTimeout(end, within);
      this.#asked.set(id, { facts, octets: 0, end });
      if (this.#socket.destroyed) end();
      else this.#say(askedText(id, request));
    });
  }

  /** Resolves when the network has taken all that was said, or the connection is over. */
  async sent(): Promise<void> {
    if (this.#unsent > 0) await new Promise<void>((resolve) => this.#whenSent.push(resolve));
  }

  close(): void {
    this.#isDone = true;
    this.#socket.destroySoon();
  }

  #say(text: Buffer): void {
    if (this.#socket.destroyed) return;
    this.#unsent += text.length;
    if (this.#sealed === undefined) this.#early.push(text);
    else this.#write(this.#sealed.sealer, text);
    if (this.#unsent > mostUnsent) this.#socket.destroy();
  }

  #write(sealer: Sealer, text: Buffer): void {
    this.#socket.write(sealer.seal(text), () => {
      this.#unsent -= text.length;
      if (this.#unsent <= 0) this.#tellSent();
    });
  }

  /** @returns false when it is no process of ours that answers */
  #took(octets: Buffer): boolean {
    const frames = this.#cutter.push(octets);
    if (frames === undefined) return false;
    if (this.#sealed === undefined && this.#cutter.hello !== undefined) this.#begin(this.#cutter.hello);
    return frames.every((frame) => {
      const part = this.#sealed?.opener.open(frame);
      if (part === undefined) return false;
      this.#answered(part);
      return true;
    });
  }

  #begin(theirs: Buffer): void {
    clearTimeout(this.#late);
    const { toServer, toClient } = talkKeys(this.#key, theirs, this.#hello);
    const sealer = new Sealer(toServer);
    this.#sealed = { opener: new Opener(toClient), sealer };
    this.#socket.write(this.#hello);
    for (const text of this.#early) this.#write(sealer, text);
    this.#early = [];
  }

  #answered(text: Buffer): void {
    const part = parseAnswerPart(text);
    const awaited = part && this.#asked.get(part.id);
    if (part === undefined || awaited === undefined) return; // it came too late
    awaited.octets += text.length;
    awaited.facts.push(...part.facts);
    if (part.isLast || awaited.octets > longestAnswer) awaited.end();
  }

  #end(): void {
    clearTimeout(this.#late);
    this.#early = [];
    for (const { end } of [...this.#asked.values()]) end();
    this.#tellSent();
  }

  #tellSent(): void {
    const told = this.#whenSent;
    this.#whenSent = [];
    for (const resolve of told) resolve();
  }
}

/** Of `10.0.1.7:8026` and `[2001:db8::7]:8026`. What is neither leads nowhere. */
function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const [, v6, v4 = '', port] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(address) ?? [];
  return { host: v6 ?? v4, port: Number(port) };
}
