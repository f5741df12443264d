import type { LoginProtocol } from '../../core/settings/listener-settings.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { accountLimit } from '../../core/slots/applied-limit.ts';
import type { Full, Hold } from '../../core/slots/slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { type SlotTaking, takeApplied } from './take-slot.ts';

export interface AccountSlotDeps extends SlotTaking {
  readonly settings: LiveSettings;
  readonly clock: Clock;
  /** Ends the session of the account that rests longest. @returns whether one was found */
  readonly makeRoom: (account: AccountId) => Promise<boolean>;
}

/** A session that was told to make room has so long to be gone, ms. */
const roomWait = 3_000;

/** Takes the account's slot for a session that has just proved its password; where the operator wants it, an older session makes room. */
export async function askAccountSlot(protocol: LoginProtocol, account: AccountId, deps: AccountSlotDeps): Promise<Hold | Full | Refusal> {
  const applied = accountLimit({ settings: deps.settings, now: deps.clock.now() }, protocol, account);
  const hold = await takeApplied(deps, applied);
  const mayReplace = protocol === 'imap' && deps.settings.get(imapSettings.whenFull) === 'drop-oldest-idle';
  if (!('full' in hold) || !mayReplace || !(await deps.makeRoom(account))) return hold;
  return await takeApplied(deps, applied, { wait: roomWait });
}
