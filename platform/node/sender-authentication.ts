import { Worker } from 'node:worker_threads';
import type { Resolver } from '../../core/delivery/resolver.ts';
import {
  type SenderAuthentication,
  type SenderCheck,
  type SenderResults,
  unknownResults,
} from '../../core/delivery/sender-authentication.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { QuestionType } from './bounded-questions.ts';
import type { FromChecker, ToChecker } from './check-sender-worker.ts';
import { threadFile } from './thread-file.ts';

export interface SenderAuthenticationDeps {
  readonly resolver: Resolver;
  readonly clock: Clock;
}

const mostUnderway = 262_144; // octets of one message that the thread has not looked at yet
const questionTime = 3_000; // ms
const stallTime = 10_000; // ms a sender is kept waiting for room
const endTime = 20_000; // ms for everything behind the last octet; what works answers sooner

/**
 * Checks senders in a thread of its own, with mailauth, which takes a quarter of a second to load: the thread starts with the first message.
 * Hashing never holds up the sessions of this process, and a thread that breaks or hangs costs results, not messages.
 */
export function openSenderAuthentication(deps: SenderAuthenticationDeps): SenderAuthentication {
  let checker: Checker | undefined;
  let closed = false;
  return {
    begin(envelope) {
      if (closed) return noCheck;
      if (checker === undefined || checker.ended) checker = new Checker(deps);
      return checker.begin(envelope);
    },
    async close() {
      closed = true;
      await checker?.end(new Error('closed'));
    },
  };
}

const noCheck: SenderCheck = {
  write: async () => {},
  end: async () => ({ ...unknownResults('the check failed'), fault: 'closed' }),
  abandon: () => {},
};

/** One thread and the messages it looks at. */
class Checker {
  readonly #deps: SenderAuthenticationDeps;
  readonly #worker = new Worker(threadFile('check-sender-worker', import.meta.url), { name: 'sender-authentication' });
  readonly #checks = new Map<number, Check>();
  #lastCheck = 0;
  #heardAt: number;
  #ended: Promise<unknown> | undefined;

  constructor(deps: SenderAuthenticationDeps) {
    this.#deps = deps;
    this.#heardAt = deps.clock.monotonic();
    this.#worker.on('message', (message: FromChecker) => this.#heard(message));
    this.#worker.on('error', (error) => void this.end(error));
    this.#worker.on('exit', () => void this.end(new Error('the thread ended')));
    this.#worker.unref();
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  begin(envelope: Parameters<SenderAuthentication['begin']>[0]): SenderCheck {
    const check = ++this.#lastCheck;
    const one = new Check(
      this.#deps.clock,
      (message) => this.#tell({ ...message, check } as ToChecker),
      (late) => this.#over(check, late),
    );
    this.#checks.set(check, one);
    this.#worker.ref(); // the process must not end under somebody who waits for results
    this.#tell({ to: 'begin', check, envelope });
    return one;
  }

  async end(why: unknown): Promise<void> {
    this.#ended ??= this.#worker.terminate();
    const fault = why instanceof Error ? why.message : String(why);
    for (const check of this.#checks.values()) check.fail(fault);
    await this.#ended;
  }

  #tell(message: ToChecker): void {
    if (this.#ended !== undefined) return;
    if (message.to === 'write') this.#worker.postMessage(message, [message.octets.buffer as ArrayBuffer]);
    else this.#worker.postMessage(message);
  }

  /** @param late its time was over: a thread that was not heard of for as long is replaced */
  #over(check: number, late: boolean): void {
    this.#checks.delete(check);
    if (this.#checks.size === 0) this.#worker.unref();
    if (late && this.#deps.clock.monotonic() - this.#heardAt > stallTime) void this.end(new Error('the thread did not answer'));
  }

  #heard(message: FromChecker): void {
    this.#heardAt = this.#deps.clock.monotonic();
    if (message.from === 'question') return void this.#answer(message);
    const check = this.#checks.get(message.check);
    if (message.from === 'taken') check?.taken(message.octets);
    else if (message.from === 'results') check?.done(message.results);
    else check?.fail(message.fault);
  }

  async #answer({ question, name, type }: Extract<FromChecker, { from: 'question' }>): Promise<void> {
    const timeUp = new AbortController();
    const late = this.#deps.clock.sleep(questionTime, timeUp.signal).then(() => undefined);
    const answers = await Promise.race([lookUp(this.#deps.resolver, name, type).catch(() => undefined), late]);
    timeUp.abort();
    this.#tell({ to: 'answer', question, answers });
  }
}

async function lookUp(resolver: Resolver, name: string, type: QuestionType): Promise<readonly string[]> {
  switch (type) {
    case 'A':
      return (await resolver.addresses(name, 4)).filter((ip) => !ip.includes(':'));
    case 'AAAA':
      return (await resolver.addresses(name, 6)).filter((ip) => ip.includes(':'));
    case 'MX':
      return (await resolver.mx(name)).map(({ preference, host }) => `${preference} ${host}`);
    case 'TXT':
      return resolver.txt(name);
    case 'PTR':
      return resolver.pointers(name);
    case 'CNAME': {
      // Asked by DMARC alone, behind an A that is not there, to learn whether the name exists at all.
      const [addresses, hosts] = await Promise.all([resolver.addresses(name), resolver.mx(name)]);
      return addresses.length + hosts.length > 0 ? [name] : [];
    }
  }
}

type OfOneCheck = { readonly to: 'write'; readonly octets: Uint8Array } | { readonly to: 'end' | 'abandon' };

class Check implements SenderCheck {
  readonly #clock: Clock;
  readonly #tell: (message: OfOneCheck) => void;
  readonly #over: (late: boolean) => void;
  readonly #results = Promise.withResolvers<SenderResults>();
  #underway = 0;
  #room: (() => void) | undefined;
  #isOver = false;

  constructor(clock: Clock, tell: (message: OfOneCheck) => void, over: (late: boolean) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#over = over;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#isOver) return;
    const octets = new Uint8Array(chunk); // handed over whole; what it came in belongs to others
    this.#underway += octets.length;
    this.#tell({ to: 'write', octets });
    if (this.#underway > mostUnderway) await this.#untilRoom();
  }

  async end(): Promise<SenderResults> {
    if (!this.#isOver) this.#tell({ to: 'end' });
    const inTime = new AbortController();
    void this.#clock.sleep(endTime, inTime.signal).then(() => {
      if (!inTime.signal.aborted) this.#giveUp();
    });
    const results = await this.#results.promise;
    inTime.abort();
    return results;
  }

  abandon(): void {
    if (!this.#isOver) this.#tell({ to: 'abandon' });
    this.done(unknownResults('abandoned'));
  }

  taken(octets: number): void {
    this.#underway -= octets;
    if (this.#underway <= mostUnderway / 2) this.#room?.();
  }

  fail(fault: string): void {
    this.done({ ...unknownResults('the check failed'), fault });
  }

  done(results: SenderResults, late = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#results.resolve(results);
    this.#room?.();
    this.#over(late);
  }

  #giveUp(): void {
    if (!this.#isOver) this.#tell({ to: 'abandon' });
    this.done({ ...unknownResults('no time'), fault: 'no time' }, true);
  }

  async #untilRoom(): Promise<void> {
    const room = new AbortController();
    this.#room = () => room.abort();
    await this.#clock.sleep(stallTime, room.signal);
    this.#room = undefined;
    if (!room.signal.aborted) this.#giveUp();
  }
}
