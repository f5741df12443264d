import type { Refused, TellRefused } from '../../core/observe/refused.ts';
import { listenerSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import { noMeter, type SlotsMeter } from '../../core/slots/slots-meter.ts';
import { type Waiter, WaitingLine } from '../../core/slots/waiting-line.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import type { Session } from './session.ts';

/** Whose command it is. */
type Who = Pick<Session, 'protocol' | 'client' | 'account'>;

export interface PlaceDeps {
  readonly places: CommandPlaces;
  readonly refused: TellRefused;
}

/** Runs a command in a place of its own, or says that there was none in time. Both are told to `refused`. */
export async function inPlace<T>(
  who: Who,
  deps: PlaceDeps,
  command: { run(): Promise<T> | T; full(refusal: Refusal): Promise<T> | T },
): Promise<T> {
  const entered = enterPlace(who, deps);
  const place = entered instanceof Promise ? await entered : entered; // no turn lost while there is room
  if (isRefusal(place)) return await command.full(place);
  try {
    return await command.run();
  } finally {
    place.leave();
  }
}

/**
 * The same for a caller who waits by himself, and leaves the place himself.
 * @param signal the client went away
 * @returns a promise only when it has to wait; it rejects with the signal's reason
 */
export function enterPlace(
  who: Who,
  { places, refused }: PlaceDeps,
  signal?: AbortSignal,
): CommandPlace | Refusal | Promise<CommandPlace | Refusal> {
  const answer = (place: CommandPlace | 'full'): CommandPlace | Refusal => {
    if (place === 'full' || place.over) refused(noPlace(who, place !== 'full'));
    return place === 'full' ? { refused: 'commands-full' } : place;
  };
  const entered = places.enter(who.protocol, signal);
  if (!(entered instanceof Promise)) return answer(entered);
  return entered.then((place) => {
    if (signal?.aborted !== true) return answer(place);
    if (place !== 'full') place.leave();
    throw signal.reason;
  });
}

const noPlace = ({ protocol, client, account }: Who, observed: boolean): Refused => ({
  protocol,
  network: client.network,
  scope: 'commands',
  refused: 'commands-full',
  observed,
  ...(account === undefined ? {} : { account }),
});

/** How long a command waits for others to end before it is put off, ms. */
const patience = 10_000;

/** A running command. Whoever entered leaves, once, however the command ends. */
export interface CommandPlace {
  /** The limit is only observed, and was reached already. */
  readonly over: boolean;
  leave(): void;
}

interface Line {
  running: number;
  readonly waiting: WaitingLine<CommandPlace | 'full'>;
}

/** Commands that run at once in this process, per protocol (`commands-per-process`). First come, first served; entering costs a compare while there is room. */
export class CommandPlaces {
  readonly #settings: LiveSettings;
  readonly #clock: Clock;
  readonly #meter: Pick<SlotsMeter, 'waits'>;
  readonly #lines = new Map<Protocol, Line>();

  constructor(settings: LiveSettings, clock: Clock, meter: Pick<SlotsMeter, 'waits'> = noMeter) {
    this.#settings = settings;
    this.#clock = clock;
    this.#meter = meter;
  }

  /** @param signal the client went away. @returns a promise only when it has to wait; `full` after 10 s, or when the signal aborts */
  enter(protocol: Protocol, signal?: AbortSignal): CommandPlace | Promise<CommandPlace | 'full'> {
    const line = this.#lineOf(protocol);
    const { limit, observe } = this.#limit(protocol);
    const isFull = limit !== 0 && line.running >= limit;
    if (!isFull || observe) return this.#place(protocol, line, isFull);
    return this.#wait(protocol, line, signal);
  }

  /** A command that comes now has to wait. */
  isFull(protocol: Protocol): boolean {
    const { limit, observe } = this.#limit(protocol);
    return limit !== 0 && !observe && this.running(protocol) >= limit;
  }

  /** @returns how many run now */
  running(protocol: Protocol): number {
    return this.#lines.get(protocol)?.running ?? 0;
  }

  #place(protocol: Protocol, line: Line, over: boolean): CommandPlace {
    line.running += 1;
    let isIn = true;
    return {
      over,
      leave: () => {
        if (!isIn) return;
        isIn = false;
        line.running -= 1;
        this.#letIn(protocol, line);
      },
    };
  }

  /** A limit that was raised meanwhile lets in several; a lowered one none until enough have left. */
  #letIn(protocol: Protocol, line: Line): void {
    const { limit, observe } = this.#limit(protocol);
    while (line.waiting.length > 0 && (limit === 0 || observe || line.running < limit))
      line.waiting.next()?.answer(this.#place(protocol, line, false));
  }

  #wait(protocol: Protocol, line: Line, signal: AbortSignal | undefined): Promise<CommandPlace | 'full'> {
    if (signal?.aborted === true) return Promise.resolve('full');
    const answered = Promise.withResolvers<CommandPlace | 'full'>();
    const served = new AbortController();
    const waited = this.#meter.waits(listenerSettings[protocol].commandsPerProcess.name as SlotKey);
    const waiter: Waiter<CommandPlace | 'full'> = { deadline: undefined, answer: answered.resolve };
    const giveUp = (): void => {
      if (line.waiting.leave(waiter)) answered.resolve('full');
    };
    line.waiting.join(waiter);
    signal?.addEventListener('abort', giveUp, { once: true });
    void this.#clock.sleep(patience, served.signal).then(giveUp);
    return answered.promise.finally(() => {
      waited();
      served.abort();
      signal?.removeEventListener('abort', giveUp);
    });
  }

  #lineOf(protocol: Protocol): Line {
    const known = this.#lines.get(protocol);
    if (known !== undefined) return known;
    const line: Line = { running: 0, waiting: new WaitingLine() };
    this.#lines.set(protocol, line);
    return line;
  }

  #limit(protocol: Protocol): { readonly limit: number; readonly observe: boolean } {
    const { commandsPerProcess } = listenerSettings[protocol];
    return { limit: this.#settings.get(commandsPerProcess), observe: this.#settings.get(commandsPerProcess.mode) === 'observe' };
  }
}
