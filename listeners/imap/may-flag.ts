import type { Rights } from '../../core/accounts/rights.ts';
import { type Flag, type MayFlag, maySet } from '../../core/values/flags.ts';
import type { Selected } from './state.ts';

/** Which flags rights let one set or clear (RFC 4314 section 4). */
export const mayFlag = (rights: Rights): MayFlag => ({ seen: rights.has('s'), deleted: rights.has('t'), others: rights.has('w') });

const nothing: MayFlag = { seen: false, deleted: false, others: false };

export const mayFlagHere = ({ rights, readOnly }: Pick<Selected, 'rights' | 'readOnly'>): MayFlag => (readOnly ? nothing : mayFlag(rights));

/** Those of a new message that are kept; the others are passed over, as APPEND and COPY may not fail for them. */
export const flagsKept = (flags: readonly Flag[], rights: Rights): readonly Flag[] => {
  const may = mayFlag(rights);
  return flags.filter((flag) => maySet(may, flag));
};

/** None of what makes a mailbox more than something to read (RFC 4314 section 5.2). All flags are shared here, \Seen too. */
export const isReadOnly = (rights: Rights): boolean => !(['i', 'e', 's', 'w', 't'] as const).some((right) => rights.has(right));
