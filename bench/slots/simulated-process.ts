import type { LiveSettings } from '../../core/settings/live-settings.ts';
import {
  type AppliedLimit,
  accountCommandLimit,
  accountLimit,
  addressLimit,
  fetchesLimit,
  totalLimit,
} from '../../core/slots/applied-limit.ts';
import { openSlots } from '../../core/slots/open-slots.ts';
import { maildropKey } from '../../core/slots/slot-key.ts';
import type { SlotStore } from '../../core/slots/slot-store.ts';
import type { Hold, Slots, Want } from '../../core/slots/slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { IpAddress, Network } from '../../core/values/network.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface SimulatedClient {
  readonly ip: IpAddress;
  readonly account: AccountId;
}

/** @param i names address and account */
export const clientNamed = (i: number): SimulatedClient => ({
  ip: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` as IpAddress,
  account: `account-${i}@example.test` as AccountId,
});

/** What a session holds, until it is over. */
export interface SimulatedSession {
  readonly client: SimulatedClient;
  over(): void;
}

/** A process that asks for slots as the listeners do, in their order, by the limits of its settings. */
export class SimulatedProcess {
  readonly #slots: Slots;
  readonly #settings: LiveSettings;
  readonly #time: SimulatedTime;
  refused = 0;

  static async start(name: string, store: SlotStore, settings: LiveSettings, time: SimulatedTime): Promise<SimulatedProcess> {
    let epochs = 0;
    const slots = openSlots({
      store,
      clock: time,
      newId: () => `${name}${String(++epochs).padStart(26 - name.length, '0')}`, // as long as a ULID
      policy: () => 'closed',
      log: {
        event: () => {},
        failure: (event, error) => {
          throw new Error(event, { cause: error });
        },
      },
    });
    await time.run(1_000);
    return new SimulatedProcess(await slots, settings, time);
  }

  private constructor(slots: Slots, settings: LiveSettings, time: SimulatedTime) {
    this.#slots = slots;
    this.#settings = settings;
    this.#time = time;
  }

  /** @returns undefined when it was refused */
  async session(protocol: Protocol, client: SimulatedClient): Promise<SimulatedSession | undefined> {
    const holds: Hold[] = [];
    const over = (): void => {
      for (let hold = holds.pop(); hold !== undefined; hold = holds.pop()) hold.release();
    };
    for (const want of this.#wants(protocol, client)) {
      const hold = await this.#take(want);
      if (hold === undefined) {
        over();
        return undefined;
      }
      holds.push(hold);
    }
    return { client, over };
  }

  /** @param lasts ms. @returns how long it waited for its slots, ms */
  async command(command: 'fetch' | 'search', { account }: SimulatedClient, lasts: number): Promise<number> {
    const asked = this.#time.now();
    const ruling = this.#ruling;
    const wants = [accountCommandLimit(ruling, command, account), ...(command === 'fetch' ? [fetchesLimit(ruling)] : [])];
    const holds = await Promise.all(wants.map((want) => this.#take({ ...wantOf(want), wait: 30_000 })));
    const waited = this.#time.now() - asked;
    await this.#time.sleep(lasts);
    for (const hold of holds) hold?.release();
    return waited;
  }

  get #ruling() {
    return { settings: this.#settings, now: this.#time.now() };
  }

  #wants(protocol: Protocol, { ip, account }: SimulatedClient): readonly Want[] {
    const ruling = this.#ruling;
    return [
      wantOf(totalLimit(ruling, protocol)),
      wantOf(addressLimit(ruling, protocol, { ip, network: `${ip}/32` as Network })),
      ...(protocol === 'smtp' ? [] : [wantOf(accountLimit(ruling, protocol, account))]),
      ...(protocol === 'pop3' ? [{ key: maildropKey(account), limit: 1, kind: 'plain', wait: 2_000 } as const] : []),
    ];
  }

  async #take(want: Want): Promise<Hold | undefined> {
    const taken = await this.#slots.take(want);
    if (taken === 'store-down') throw new Error('the store is down');
    if ('release' in taken) return taken;
    this.refused += 1;
    return undefined;
  }
}

const wantOf = ({ key, limit, kind }: AppliedLimit): Want => ({ key, limit, kind });
