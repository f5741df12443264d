import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AccountDirectory } from '../core/accounts/account-directory.ts';
import type { SlotKey } from '../core/slots/slot-store.ts';
import type { Slots } from '../core/slots/slots.ts';
import type { AccountId } from '../core/values/address.ts';
import type { Clock } from '../core/values/clock.ts';
import type { AdmittedSession } from './net/admitted-session.ts';
import { isInForce } from './net/client-certificate.ts';
import type { SessionRegistry } from './net/session-registry.ts';

/** Ends sessions whose right to go on is gone: password changed, account removed, slots lost. @returns stops watching */
export function endSessionsWhen(sessions: SessionRegistry, accounts: Pick<AccountDirectory, 'watch'>, slots: Slots): () => void {
  const unwatch = accounts.watch((account) => {
    for (const session of sessions.all()) session.accountChanged(account);
  });
  const unlisten = slots.onMustClose((keys) => {
    if (keys === 'all') for (const session of sessions.all()) session.mustEnd('slots-lost');
    else for (const key of keys) endOne(sessions, key);
  });
  return () => {
    unwatch();
    unlisten();
  };
}

/** A key is named once per session that did not fit; which one is ours to choose: the newest, who has least to lose. */
function endOne(sessions: SessionRegistry, key: SlotKey): void {
  const holding = sessions.all().filter((session) => session.ending === undefined && session.holds(key));
  holding.at(-1)?.mustEnd('slots-lost');
}

/** Looks at certificates, ms. */
const lookEvery = 5_000;
/** Of those that are logged in by one, one in so many ends at a look, so that they don't all come back at once; few end together. */
const share = 12;
const few = 50;
/** Looks between two readings of all accounts. */
const looksPerReading = 120;

/**
 * Finds the sessions whose right to go on is gone without a word: certificates that are over or whose authorities are others now, all within a
 * minute; and every ten minutes, accounts that changed while word of it was lost. @returns stops looking
 */
export function endSessionsInTime(
  sessions: SessionRegistry,
  accounts: Pick<AccountDirectory, 'find'>,
  clock: Pick<Clock, 'now'>,
): () => void {
  let looks = 0;
  let reading: Promise<void> | undefined;
  const timer = setInterval(() => {
    endUncertified(sessions, clock.now());
    looks += 1;
    if (looks % looksPerReading !== 0 || reading !== undefined) return;
    reading = endUnproved(sessions, accounts).finally(() => {
      reading = undefined;
    });
  }, lookEvery);
  timer.unref();
  return () => clearInterval(timer);
}

/** @param now ms since the epoch */
export function endUncertified(sessions: SessionRegistry, now: number): void {
  const certified = sessions.all().filter(({ proved, ending }) => proved?.certificate !== undefined && ending === undefined);
  const over = certified.filter(({ proved }) => proved?.certificate !== undefined && !isInForce(proved.certificate, now));
  for (const session of over.slice(0, Math.max(few, Math.ceil(certified.length / share)))) session.mustEnd('credentials-changed');
}

/** Accounts are read one by one, each once. One that can't be read now is looked at again the next time. */
export async function endUnproved(sessions: SessionRegistry, accounts: Pick<AccountDirectory, 'find'>): Promise<void> {
  const proved = sessions.all().filter((session) => session.proved?.credentialVersion !== undefined);
  for (const [account, those] of Map.groupBy(proved, (session) => session.account)) {
    if (account === undefined) continue;
    await endUnlessProved(account, those, accounts).catch(() => {});
    await nextTurn();
  }
}

async function endUnlessProved(
  account: AccountId,
  those: readonly AdmittedSession[],
  accounts: Pick<AccountDirectory, 'find'>,
): Promise<void> {
  const version = (await accounts.find(account))?.credentialVersion;
  for (const session of those) {
    // It may be somebody else's by now.
    if (session.account === account && session.proved?.credentialVersion !== version) session.mustEnd('credentials-changed');
  }
}
