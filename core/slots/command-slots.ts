import type { RefusalScope } from '../observe/refused.ts';
import { imapSettings } from '../settings/listeners.ts';
import type { AccountId } from '../values/address.ts';
import type { Refusal } from '../values/refusal.ts';
import { type AppliedLimit, accountCommandLimit, fetchesLimit, type Ruling } from './applied-limit.ts';

/** IMAP commands that slots are counted for. */
export type CountedCommand = 'fetch' | 'search';

/** The slots that a command takes before it runs. */
export interface CommandSlots {
  /** In the order in which they are taken: who waits for his account's slot holds none of the server's. */
  readonly limits: readonly AppliedLimit[];
  /** For all of them together, ms. */
  readonly wait: number;
  readonly scope: RefusalScope;
  readonly refusal: Refusal;
}

const counted = {
  fetch: { wait: imapSettings.fetchWait, scope: 'fetches', refusal: { refused: 'fetches-full' } },
  search: { wait: imapSettings.searchWait, scope: 'searches', refusal: { refused: 'searches-full' } },
} as const;

export function commandSlots(ruling: Ruling, command: CountedCommand, account: AccountId): CommandSlots {
  const { wait, scope, refusal } = counted[command];
  const seconds = ruling.settings.get(wait);
  const own = accountCommandLimit(ruling, command, account);
  // Slots that linger in other processes are asked for while a command waits. One that does not wait would be refused for them.
  const ofAccount: AppliedLimit = seconds === 0 ? { ...own, kind: 'shared' } : own;
  return { limits: command === 'fetch' ? [ofAccount, fetchesLimit(ruling)] : [ofAccount], wait: seconds * 1000, scope, refusal };
}
