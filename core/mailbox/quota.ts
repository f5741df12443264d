import type { AccountDirectory } from '../accounts/account-directory.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import { mailboxSettings } from '../settings/mailbox.ts';
import type { AccountId } from '../values/address.ts';
import type { Amount, OwnQuota } from '../values/amount.ts';
import type { Clock } from '../values/clock.ts';
import type { MailboxStore } from './mailbox-store.ts';

export interface Quota {
  /** 0 = unlimited. */
  readonly limit: Amount;
  readonly usage: Amount;
}

export interface QuotaDeps {
  readonly accounts: Pick<AccountDirectory, 'find' | 'watch'>;
  readonly mailboxes: Pick<MailboxStore, 'list' | 'statuses'>;
  readonly settings: LiveSettings;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** How much room accounts have. One per process, because it remembers for some seconds what it read. */
export interface Quotas {
  /** As it is now. @returns undefined when nothing is limited, or there is no such account */
  read(account: AccountId): Promise<Quota | undefined>;
  /**
   * Is there room for more? Nothing is read of an account without a quota but the account itself. What this process lets in is counted at once, what
   * others do is seen after `freshFor`; before it says no it has looked again.
   * @param looksAgain false for who is only put off: strangers who ask all day must not cost a look each. @default true
   * @returns the quota as it stood; undefined when there is none
   */
  ask(account: AccountId, more: Amount, looksAgain?: boolean): Promise<{ readonly fits: boolean; readonly quota: Quota } | undefined>;
  /** Something was let in after `ask`. */
  note(account: AccountId, more: Amount): void;
  close(): void;
}

/** ms */
const freshFor = 5_000;
/** Accounts that are remembered; the oldest go first. */
const mostRemembered = 10_000;

interface Remembered {
  readonly at: number;
  readonly own: OwnQuota | undefined;
  /** Undefined: nothing was limited, so nothing was counted. */
  usage: Amount | undefined;
}

export const nothing: Amount = { octets: 0, messages: 0 };

export const isLimited = ({ octets, messages }: Amount): boolean => octets > 0 || messages > 0;

export const plus = (one: Amount, other: Amount): Amount => ({
  octets: one.octets + other.octets,
  messages: one.messages + other.messages,
});

/** A quota that is used up to its last octet is not over. */
export const isWithin = (amount: Amount, limit: Amount): boolean =>
  (limit.octets === 0 || amount.octets <= limit.octets) && (limit.messages === 0 || amount.messages <= limit.messages);

/** Of all mailboxes of an account, from the counts that stand in their rows. */
export async function usageOf(account: AccountId, mailboxes: QuotaDeps['mailboxes']): Promise<Amount> {
  const ids = (await mailboxes.list(account)).flatMap(({ mailbox }) => mailbox?.id ?? []);
  const counts = await mailboxes.statuses(ids);
  return [...counts.values()].reduce<Amount>((sum, { size, messages }) => plus(sum, { octets: size, messages }), nothing);
}

/** @returns what holds for an account: its own, or that of the settings */
export const limitOf = (own: OwnQuota | undefined, settings: LiveSettings): Amount => ({
  octets: own?.octets ?? settings.get(mailboxSettings.quota),
  messages: own?.messages ?? settings.get(mailboxSettings.quotaMessages),
});

export function createQuotas({ accounts, mailboxes, settings, clock }: QuotaDeps): Quotas {
  const remembered = new Map<AccountId, Remembered>();
  const unwatch = accounts.watch((account) => remembered.delete(account)); // one that is made anew has nothing of the old one

  const remember = (account: AccountId, read: Remembered): void => {
    remembered.delete(account);
    remembered.set(account, read);
    for (const [oldest] of remembered) {
      if (remembered.size <= mostRemembered) break;
      remembered.delete(oldest);
    }
  };

  const look = async (account: AccountId): Promise<Quota | undefined> => {
    const at = clock.monotonic(); // what others do while it is read is not in it
    const known = await accounts.find(account);
    if (known === undefined) return undefined;
    const limit = limitOf(known.quota, settings);
    const usage = isLimited(limit) ? await usageOf(account, mailboxes) : undefined;
    remember(account, { at, own: known.quota, usage });
    return usage && { limit, usage };
  };

  /** @returns `unknown` when nothing was read lately */
  const recall = (account: AccountId): Quota | undefined | 'unknown' => {
    const known = remembered.get(account);
    if (known === undefined || clock.monotonic() - known.at >= freshFor) return 'unknown';
    const limit = limitOf(known.own, settings);
    if (!isLimited(limit)) return undefined;
    return known.usage === undefined ? 'unknown' : { limit, usage: known.usage };
  };

  return {
    read: look,

    async ask(account, more, looksAgain = true) {
      const recalled = recall(account);
      const first = recalled === 'unknown' ? await look(account) : recalled;
      if (first === undefined) return undefined;
      const fits = isWithin(plus(first.usage, more), first.limit);
      if (fits || recalled === 'unknown' || !looksAgain) return { fits, quota: first };
      const now = await look(account);
      return now && { fits: isWithin(plus(now.usage, more), now.limit), quota: now };
    },

    note(account, more) {
      const known = remembered.get(account);
      if (known?.usage !== undefined) known.usage = plus(known.usage, more);
    },

    close: unwatch,
  };
}
