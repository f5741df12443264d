import type { Rights } from '../../core/accounts/rights.ts';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import type { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { KnownFlags } from './known-flags.ts';
import { type Agreed, nothingAgreed } from './wire/agreed.ts';
import type { VerbName } from './wire/command.ts';

/** Where a session stands (RFC 3501 section 3). Each state carries only what is true in it. */
export type ImapState = NotAuthenticated | Authenticated | Selected | { readonly at: 'logout' };

export interface NotAuthenticated {
  readonly at: 'not-authenticated';
}

export interface Authenticated {
  readonly at: 'authenticated';
  readonly account: AccountId;
  readonly agreed: Agreed;
}

export interface Selected extends Omit<Authenticated, 'at'> {
  readonly at: 'selected';
  readonly mailbox: Mailbox;
  readonly view: SelectedMailbox;
  /** What the account may do in it (RFC 4314), as of this command: see current-rights.ts. */
  readonly rights: Rights;
  /** When the rights were last heard of, by the monotonic clock. */
  readonly rightsAt: number;
  readonly examined: boolean;
  /** By EXAMINE, or because the rights allow nothing else. */
  readonly readOnly: boolean;
  readonly flags: KnownFlags;
}

/** What is left when no mailbox is selected any more. */
export const unselected = ({ account, agreed }: Authenticated | Selected): Authenticated => ({ at: 'authenticated', account, agreed });

/** The same state with more agreed on. */
export const agreeing = <S extends Authenticated | Selected>(state: S, more: Partial<Agreed>): S => ({
  ...state,
  agreed: { ...state.agreed, ...more },
});

/** What words of commands are read by. */
export const agreedIn = (state: ImapState): Agreed =>
  state.at === 'authenticated' || state.at === 'selected' ? state.agreed : nothingAgreed;

const anywhere = ['not-authenticated', 'authenticated', 'selected'] as const;
const before = ['not-authenticated'] as const;
const after = ['authenticated', 'selected'] as const;
const selected = ['selected'] as const;

/** Where each verb is legal. Anywhere else the session answers BAD and no handler runs (RFC 3501 section 6). */
const legal = {
  CAPABILITY: anywhere,
  NOOP: anywhere,
  LOGOUT: anywhere,
  ID: anywhere,
  STARTTLS: before,
  LOGIN: before,
  AUTHENTICATE: before,
  UNAUTHENTICATE: after,
  COMPRESS: after,
  ENABLE: after,
  SELECT: after,
  EXAMINE: after,
  CREATE: after,
  DELETE: after,
  RENAME: after,
  SUBSCRIBE: after,
  UNSUBSCRIBE: after,
  LIST: after,
  LSUB: after,
  NAMESPACE: after,
  STATUS: after,
  GETMETADATA: after,
  SETMETADATA: after,

  NOTIFY: after,
  GETQUOTA: after,
  GETQUOTAROOT: after,
  SETQUOTA: after,
  SETACL: after,
  DELETEACL: after,
  GETACL: after,
  LISTRIGHTS: after,
  MYRIGHTS: after,
  APPEND: after,
  REPLACE: selected,
  IDLE: after,
  CHECK: selected,
  CLOSE: selected,
  UNSELECT: selected,
  EXPUNGE: selected,
  SEARCH: selected,
  SORT: selected,
  THREAD: selected,
  FETCH: selected,
  STORE: selected,
  COPY: selected,
  MOVE: selected,
} as const satisfies Record<VerbName, readonly ImapState['at'][]>;

/** The states a verb's handler can find. */
export type StateFor<V extends VerbName> = Extract<ImapState, { at: (typeof legal)[V][number] }>;

export const isLegal = (verb: VerbName, state: ImapState): boolean => (legal[verb] as readonly ImapState['at'][]).includes(state.at);
