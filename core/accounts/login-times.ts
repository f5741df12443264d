import type { AccountId } from '../values/address.ts';

/** When accounts last opened their maildrop, over all processes: what `pop3/login-delay` is measured from (RFC 2449 section 6.5). */
export interface LoginTimes {
  /**
   * Notes a login at `now`, unless one was noted less than `least` before it. Atomic. What is kept may be forgotten with a power cut, or
   * after `longestLoginDelay`.
   * @param now ms since the epoch. @param least ms
   * @returns undefined when it was noted; else in how many ms it would be, and then nothing has changed
   */
  note(account: AccountId, now: number, least: number): Promise<number | undefined>;
}

export const longestLoginDelay = 86_400_000; // ms

/** @returns how long a login must wait behind one at `at`, ms; 0 for none. A time far ahead comes from a clock that was wrong */
export const loginWait = (at: number, now: number, least: number): number => (at > now + least ? 0 : Math.max(0, at + least - now));
