import { openSlots } from '../../core/slots/open-slots.ts';
import { accountKey, addressKey, sessionsKey } from '../../core/slots/slot-key.ts';
import type { SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import type { Hold, Slots, Want } from '../../core/slots/slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { Network } from '../../core/values/network.ts';
import { seeded } from '../../test/harness/seeded.ts';
import { MeteredStore, type StoreFigures, type StorePrices } from './metered-store.ts';
import { VirtualTime } from './virtual-time.ts';

export interface StormOptions {
  readonly tasks: number;
  readonly accounts: number;
  /** New clients a second; those who come again after a refusal or a session are not in it. */
  readonly sessionsPerSecond: number;
  /** How long they come, virtual ms. Then the sessions end and everything that lingers is given back, which is counted too. */
  readonly lasts: number;
  /** A session lasts from half of this to one and a half times, ms. */
  readonly sessionTime: number;
  /** Of sessions that end: how many connect again at once, as in a reconnect storm. */
  readonly reconnects: number;
  readonly limits: { readonly total: number; readonly address: number; readonly account: number };
  /** Networks behind which many clients stand, and the part of all clients that come from one. */
  readonly crowdedNetworks: number;
  readonly crowded: number;
  readonly prices: StorePrices;
  /** What each process puts over the store. */
  readonly above: (store: SlotStore, clock: Clock) => SlotStore;
}

export interface StormFigures {
  readonly asked: number;
  readonly admitted: number;
  readonly refused: number;
  /** Refused although less than 95 % of the limit was used, by the key's class; `down`: the store was taken for lost. */
  readonly wronglyRefused: Readonly<Record<Scope | 'down', number>>;
  /** ms from asking for the first slot to having all three, of those who were admitted, in order. */
  readonly delays: Float64Array;
  /** Most sessions at once that held the total. */
  readonly mostLive: number;
  /** Tasks that took the store for lost at some time, and then admit by what they know. */
  readonly outages: number;
  readonly store: StoreFigures;
}

type Scope = 'total' | 'address' | 'account';

/** Before the storm the service runs under a light load, of one session a second and task. */
const warmUp = 4_000;
/** After the last session ended: the longest that its slots linger, and some calls. */
const drain = 8_000;
/** Below this part of the limit nobody should be refused. */
const tight = 0.95;

interface Client {
  readonly account: AccountId;
  readonly network: Network;
}

/** Very many clients at very many tasks over one modelled store: the rules are core's own, time is virtual. */
export class Storm {
  readonly #options: StormOptions;
  readonly #time = new VirtualTime();
  readonly #random = seeded(1);
  readonly #store: MeteredStore;
  readonly #live = new Map<SlotKey, number>();
  #tasks: readonly Slots[] = [];
  #isOver = false;
  #asked = 0;
  #refused = 0;
  readonly #lost = new Set<number>();
  #mostLive = 0;
  #delays: number[] = [];
  #wrongly = { total: 0, address: 0, account: 0, down: 0 };

  constructor(options: StormOptions) {
    this.#options = options;
    this.#store = new MeteredStore(this.#time, this.#random, options.prices);
  }

  async run(): Promise<StormFigures> {
    await this.#start();
    await this.#time.run(warmUp, () => this.#arrive(this.#options.tasks));
    this.#startCounting();
    await this.#time.run(this.#options.lasts, () => this.#arrive(this.#options.sessionsPerSecond));
    this.#isOver = true;
    await this.#time.run(1.5 * this.#options.sessionTime + drain);
    return {
      asked: this.#asked,
      admitted: this.#delays.length,
      refused: this.#refused,
      wronglyRefused: this.#wrongly,
      delays: Float64Array.from(this.#delays).sort(),
      mostLive: this.#mostLive,
      outages: this.#lost.size,
      store: this.#store.figures(),
    };
  }

  /** Tasks start over ten seconds, as a service does, so that they don't all renew in the same moment. */
  async #start(): Promise<void> {
    const { tasks, above } = this.#options;
    const starting: Promise<Slots>[] = [];
    await this.#time.run(10_000, () => {
      while (starting.length < tasks && starting.length <= (this.#time.monotonic() * tasks) / 10_000)
        starting.push(this.#open(starting.length, above));
    });
    await this.#time.run(100);
    this.#tasks = await Promise.all(starting);
  }

  #open(task: number, above: StormOptions['above']): Promise<Slots> {
    let epoch = 0;
    return openSlots({
      store: above(this.#store.store, this.#time),
      clock: this.#time,
      newId: () => {
        epoch += 1;
        // As long as a ULID, and as much alike.
        return `01K8TASK${String(epoch).padStart(6, '0')}${String(task).padStart(12, '0')}`;
      },
      policy: () => 'local',
      log: {
        event: (name) => {
          if (name === 'slots-store-down') this.#lost.add(task);
        },
        failure: (name, error) => {
          throw new Error(name, { cause: error });
        },
      },
    });
  }

  #startCounting(): void {
    this.#store.startCounting();
    this.#asked = 0;
    this.#refused = 0;
    this.#delays = [];
  }

  #arrive(perSecond: number): void {
    for (let now = this.#poisson(perSecond / 1000); now > 0; now--) void this.#session(this.#newClient());
  }

  #poisson(mean: number): number {
    // Normal is near enough for means like these.
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }

  #newClient(): Client {
    const { accounts, crowded, crowdedNetworks } = this.#options;
    const account = Math.floor(this.#random() * accounts);
    const network =
      this.#random() < crowded
        ? `198.51.100.${Math.floor(this.#random() * crowdedNetworks)}/32`
        : `10.${account >> 16}.${(account >> 8) & 255}.${account & 255}/32`;
    return { account: `a${account}@example.org` as AccountId, network: network as Network };
  }

  async #session(client: Client): Promise<void> {
    const { sessionTime, reconnects, limits } = this.#options;
    const slots = this.#tasks[Math.floor(this.#random() * this.#tasks.length)] as Slots;
    const since = this.#time.monotonic();
    this.#asked += 1;
    const held: Hold[] = [];
    const got =
      (await this.#take(slots, { key: sessionsKey('imap'), limit: limits.total, kind: 'total' }, 'total', held)) &&
      (await this.#take(slots, { key: addressKey('imap', client.network), limit: limits.address, kind: 'shared' }, 'address', held)) &&
      (await this.#take(slots, { key: accountKey('imap', client.account), limit: limits.account, kind: 'shared' }, 'account', held));
    if (got) this.#delays.push(this.#time.monotonic() - since);
    else this.#refused += 1;
    this.#time.after(got ? sessionTime * (0.5 + this.#random()) : 0, () => {
      for (const hold of held.reverse()) this.#release(hold);
      // Who was refused comes again some seconds later, as mail programs do; of the others some at once.
      const again = got ? this.#random() < reconnects : this.#random() < 0.5;
      if (again && !this.#isOver)
        this.#time.after(got ? 100 * this.#random() : 1_000 + 4_000 * this.#random(), () => this.#isOver || void this.#session(client));
    });
  }

  async #take(slots: Slots, want: Want, scope: Scope, held: Hold[]): Promise<boolean> {
    const answer = await slots.take(want);
    const live = this.#live.get(want.key) ?? 0;
    if (typeof answer === 'object' && 'release' in answer) {
      this.#live.set(want.key, live + 1);
      if (scope === 'total') this.#mostLive = Math.max(this.#mostLive, live + 1);
      held.push(answer);
      return true;
    }
    if (answer === 'store-down') this.#wrongly.down += 1;
    else if (live < Math.floor(tight * want.limit)) this.#wrongly[scope] += 1;
    return false;
  }

  #release(hold: Hold): void {
    const live = (this.#live.get(hold.key) ?? 1) - 1;
    if (live === 0) this.#live.delete(hold.key);
    else this.#live.set(hold.key, live);
    hold.release();
  }
}
