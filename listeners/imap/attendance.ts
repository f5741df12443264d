import type { Clock } from '../../core/values/clock.ts';
import { type Connection, ConnectionLost } from '../net/connection.ts';
import type { Session } from '../net/session.ts';
import type { Responses } from './responses.ts';
import { formatProgress } from './wire/format.ts';

/** How often commands that wait or run long are looked after, ms. */
const lookEvery = 1_000;
/**
 * How often a client is told that its command is not forgotten, in looks (RFC 9585 section 4 recommends 10 to 15 seconds). It keeps
 * clients from giving up and asking again, and one that went away without a word is found out by it: until something is sent, nothing tells
 * it from one that only has no more to say.
 */
const looksPerWord = 10;

/** The session has to end: nobody is to get the answer any more. */
export class Unattended extends Error {
  override readonly name = 'Unattended';
}

/** What is said of a command meanwhile. */
export interface Word {
  /** To operators. */
  readonly doing: string;
  /** To the client. */
  readonly text: string;
  readonly decided?: { readonly done: number; readonly of: number } | undefined;
}

/** A command that somebody waits for. */
export interface Awaited {
  readonly tag: string;
  /** Where it stands now. */
  word(): Word;
}

interface Ports {
  readonly connection: Pick<Connection, 'closed' | 'ended'>;
  readonly session: Pick<Session, 'ending' | 'mayAct' | 'doing'>;
  readonly out: Responses;
}

/** Sees to it that the clients of all commands that wait or run long hear of them, and are there. One for each process, so that a command that is over at once costs no timer. */
export class Attendance {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #attended = new Set<Attended>();
  #isLooking = false;

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock;
  }

  /**
   * Runs what may take long for as long as the client is there. `run` must not write meanwhile.
   * @throws what `run` throws; its signal's reason is ConnectionLost or Unattended
   */
  async whileAwaited<T>(awaited: Awaited, ports: Ports, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const attended = new Attended(awaited, ports);
    this.#attended.add(attended);
    if (!this.#isLooking) void this.#lookOn();
    try {
      return await run(attended.signal);
    } finally {
      this.#attended.delete(attended);
      if (attended.telling !== undefined) await attended.telling;
    }
  }

  async #lookOn(): Promise<void> {
    this.#isLooking = true;
    while (this.#attended.size > 0) {
      await this.#clock.sleep(lookEvery);
      for (const one of this.#attended) one.look();
    }
    this.#isLooking = false;
  }
}

class Attended {
  readonly #awaited: Awaited;
  readonly #ports: Ports;
  readonly #given = new AbortController();
  #looks = 0;
  #hasAsked = false;
  /** A word on its way. */
  telling: Promise<void> | undefined;

  constructor(awaited: Awaited, ports: Ports) {
    this.#awaited = awaited;
    this.#ports = ports;
  }

  get signal(): AbortSignal {
    return this.#given.signal;
  }

  look(): void {
    if (this.signal.aborted) return;
    const reason = this.#reasonToStop();
    if (reason !== undefined) {
      this.#given.abort(reason);
      return;
    }
    const word = this.#awaited.word();
    this.#ports.session.doing(word.doing);
    this.#looks += 1;
    if (this.telling === undefined && this.#isTimeForAWord()) this.telling = this.#tell(word);
  }

  #reasonToStop(): Error | undefined {
    const { connection, session } = this.#ports;
    if (connection.closed) return new ConnectionLost('the client went away during a command');
    // A drain lets commands finish, and cuts off those that take too long.
    const mustEnd = session.ending !== undefined && session.ending !== 'draining';
    return mustEnd || !session.mayAct() ? new Unattended('the session ends') : undefined;
  }

  /** Not in the first second; and to one who has closed its side, at once: whether it still listens shows by nothing else. */
  #isTimeForAWord(): boolean {
    const asks = this.#ports.connection.ended && !this.#hasAsked;
    this.#hasAsked ||= asks;
    return asks || (this.#looks > looksPerWord && this.#looks % looksPerWord === 1);
  }

  async #tell({ text, decided }: Word): Promise<void> {
    try {
      const { out } = this.#ports;
      await out.line(`* OK [${formatProgress(this.#awaited.tag, decided)}] ${text}`);
      await out.flush();
    } catch (error) {
      this.#given.abort(error);
    }
    this.telling = undefined;
  }
}
