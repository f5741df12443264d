import type { AccountId } from '../values/address.ts';
import type { SpoolId } from '../values/ids.ts';

/** What a mailbox knows a message by that must land in it once, on whichever road it comes. An account gets one copy of a message. */
export const deliveryKeyOf = (message: SpoolId, account: AccountId): string => `${message}/${account}`;
