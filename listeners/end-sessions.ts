import type { AccountDirectory } from '../core/accounts/account-directory.ts';
import type { SlotKey } from '../core/slots/slot-store.ts';
import type { Slots } from '../core/slots/slots.ts';
import type { SessionRegistry } from './net/session-registry.ts';

/** Ends sessions whose right to go on is gone: password changed, account removed, slots lost. @returns stops watching */
export function endSessionsWhen(sessions: SessionRegistry, accounts: Pick<AccountDirectory, 'watch'>, slots: Slots): () => void {
  const unwatch = accounts.watch((account) => {
    for (const session of sessions.of(account)) session.mustEnd('credentials-changed');
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
