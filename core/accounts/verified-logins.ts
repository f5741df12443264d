import type { AccountId } from '../values/address.ts';
import type { Clock } from '../values/clock.ts';
import type { Network } from '../values/network.ts';

const age = 60_000; // ms
const mostEntries = 10_000;

interface Entry {
  readonly account: AccountId;
  readonly network: Network;
  readonly until: number;
}

/**
 * Logins whose password was proved in the last minute, by fingerprint: a client that opens five connections pays for one hash. Nothing
 * in it gives a password back, and a fingerprint covers the network, so that what was proved at one place says nothing at another.
 */
export class VerifiedLogins {
  readonly #entries = new Map<string, Entry>(); // oldest first, because all live equally long
  readonly #byAccount = new Map<AccountId, Set<string>>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(fingerprint: string): boolean {
    const entry = this.#entries.get(fingerprint);
    return entry !== undefined && entry.until > this.#clock.monotonic();
  }

  add(fingerprint: string, account: AccountId, network: Network): void {
    this.#remove(fingerprint);
    this.#makeRoom();
    this.#entries.set(fingerprint, { account, network, until: this.#clock.monotonic() + age });
    const known = this.#byAccount.get(account);
    if (known === undefined) this.#byAccount.set(account, new Set([fingerprint]));
    else known.add(fingerprint);
  }

  /** @param network only what was proved there. @default everything of the account */
  forget(account: AccountId, network?: Network): void {
    for (const fingerprint of this.#byAccount.get(account) ?? []) {
      if (network === undefined || this.#entries.get(fingerprint)?.network === network) this.#remove(fingerprint);
    }
  }

  #makeRoom(): void {
    const now = this.#clock.monotonic();
    for (const [fingerprint, entry] of this.#entries) {
      if (entry.until > now && this.#entries.size < mostEntries) return;
      this.#remove(fingerprint);
    }
  }

  #remove(fingerprint: string): void {
    const entry = this.#entries.get(fingerprint);
    if (entry === undefined) return;
    this.#entries.delete(fingerprint);
    const known = this.#byAccount.get(entry.account);
    known?.delete(fingerprint);
    if (known?.size === 0) this.#byAccount.delete(entry.account);
  }
}
