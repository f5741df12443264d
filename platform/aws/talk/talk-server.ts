import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import type { EventLog } from '../../../core/observe/event-log.ts';
import { type Answers, answersTo, type Request } from '../../../core/observe/process-requests.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { RefusedTalk, type WhyRefused } from './refused-talk.ts';
import { FrameCutter, helloOctets, Opener, Sealer, talkKeys } from './sealed-frames.ts';
import { answerParts, parseSaid } from './words.ts';

export interface TalkServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** Of this process: the one that is listed, and the one that was before. */
  readonly keys: () => readonly Buffer[];
  readonly heard: (mailboxes: readonly MailboxId[]) => void;
  readonly answers: () => Answers | undefined;
  readonly log: EventLog;
  /** @default talkLimits */
  readonly limits?: Partial<TalkLimits>;
}

/** What one process lets others cost it. Times are ms. */
export const talkLimits = {
  /** Each other process has one, each function that runs one. */
  connections: 1_000,
  /** Of those, such as have not shown yet that they know a key. */
  strangers: 64,
  /** From the first octet of a frame to its last, and from the connection to the first frame. */
  frame: 5_000,
  /** Without a word, or with an answer that nobody takes. */
  silence: 120_000,
} as const;

export type TalkLimits = { readonly [name in keyof typeof talkLimits]: number };

/** Hears what other processes tell of changes, and answers what they ask. Who does not know a key of this process gets no answer of any kind. */
export async function openTalkServer(options: TalkServerOptions): Promise<{ readonly port: number; close(): void }> {
  const refused = new RefusedTalk(options.log);
  const limits = { ...talkLimits, ...options.limits };
  const open = new Set<Caller>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    const strangers = [...open].filter(({ isKnown }) => !isKnown).length;
    if (open.size >= limits.connections || strangers >= limits.strangers) {
      refused.tell('too many connections', socket.remoteAddress ?? '');
      socket.on('error', () => {}).destroy();
      return;
    }
    const caller = new Caller(socket, { ...options, limits, refused });
    open.add(caller);
    socket.once('close', () => open.delete(caller));
    void caller.serve();
  });
  server.listen({ ...options.listen, exclusive: true });
  await once(server, 'listening');
  server.on('error', () => {}); // a failed accept (no descriptors left) loses that connection, not the process
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    close: () => {
      server.close();
      for (const caller of open) caller.end();
      refused.close();
    },
  };
}

type CallerDeps = Omit<TalkServerOptions, 'limits'> & {
  readonly limits: TalkLimits;
  readonly refused: RefusedTalk;
};

/** One connection of another process. */
class Caller {
  readonly #socket: net.Socket;
  readonly #deps: CallerDeps;
  readonly #hello = randomBytes(helloOctets);
  readonly #cutter = new FrameCutter();
  #sealed: { readonly opener: Opener; readonly sealer: Sealer } | undefined;
  #slow: NodeJS.Timeout | undefined;

  constructor(socket: net.Socket, deps: CallerDeps) {
    this.#socket = socket;
    this.#deps = deps;
    socket.on('error', () => {}); // whoever called went away
    socket.setTimeout(deps.limits.silence, () => socket.destroy());
  }

  /** It has shown that it knows a key. */
  get isKnown(): boolean {
    return this.#sealed !== undefined;
  }

  end(): void {
    this.#socket.destroy();
  }

  /** Until the caller goes. While it is answered nothing is read, so that who asks much waits for himself. */
  async serve(): Promise<void> {
    const socket = this.#socket;
    socket.write(this.#hello);
    this.#awaitRest(false);
    try {
      for await (const octets of socket) if (!(await this.#took(octets as Buffer))) break;
    } catch {
      // The connection broke: there is nobody to tell.
    } finally {
      clearTimeout(this.#slow);
      socket.destroy();
    }
  }

  async #took(octets: Buffer): Promise<boolean> {
    const frames = this.#cutter.push(octets);
    if (frames === undefined) return this.#refuse('not of this protocol');
    for (const frame of frames) {
      const text = this.#open(frame);
      if (text === undefined) return this.#refuse('not sealed by a key of this process');
      const said = parseSaid(text);
      if (said === undefined) continue; // of a newer version of Mailweir
      if (said.say === 'changed') this.#deps.heard(said.mailboxes);
      else if (!(await this.#answer(said.id, said.request))) return false;
    }
    this.#awaitRest(frames.length > 0);
    return true;
  }

  /** The first frame tells which key it was. */
  #open(frame: Buffer): Buffer | undefined {
    if (this.#sealed !== undefined) return this.#sealed.opener.open(frame);
    const theirs = this.#cutter.hello;
    if (theirs === undefined) return undefined;
    for (const key of this.#deps.keys()) {
      const { toServer, toClient } = talkKeys(key, this.#hello, theirs);
      const opener = new Opener(toServer);
      const text = opener.open(frame);
      if (text === undefined) continue;
      this.#sealed = { opener, sealer: new Sealer(toClient) };
      return text;
    }
    return undefined;
  }

  /** @returns false when the caller went away meanwhile */
  async #answer(id: number, request: Request | { readonly fault: string }): Promise<boolean> {
    this.#awaitRest(true);
    for (const part of answerParts(id, this.#facts(request))) {
      const frame = this.#sealed?.sealer.seal(part);
      if (frame === undefined || this.#socket.destroyed) return false;
      if (!this.#socket.write(frame)) await drained(this.#socket);
    }
    return true;
  }

  #facts(request: Request | { readonly fault: string }): readonly object[] {
    const answers = this.#deps.answers();
    if ('fault' in request || answers === undefined) return [];
    try {
      return [...answersTo(answers, request)];
    } catch (error) {
      this.#deps.log.failure('talk-failed', error, { ask: request.ask }); // a question must never end the process
      return [];
    }
  }

  /** Half a frame, or a caller that has not shown its key, holds a place that others want. */
  #awaitRest(cameWhole: boolean): void {
    if (this.isKnown && (cameWhole || !this.#cutter.isAmid)) {
      clearTimeout(this.#slow);
      this.#slow = undefined;
    }
    if (this.isKnown && !this.#cutter.isAmid) return;
    // Not from the latest octet on: whoever sends one now and then would hold the place for ever.
    this.#slow ??= setTimeout(() => this.#tooSlow(), this.#deps.limits.frame).unref();
  }

  #tooSlow(): void {
    this.#refuse('too slow');
    this.end();
  }

  #refuse(why: WhyRefused): false {
    this.#deps.refused.tell(why, this.#socket.remoteAddress ?? '');
    return false;
  }
}

/** @returns when there is room for more, or the connection is over */
function drained(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      socket.off('drain', end).off('close', end);
      resolve();
    };
    socket.once('drain', end).once('close', end);
  });
}
