/**
 * Every "no" that a limit or a policy of ours can answer, whatever the protocol. Each protocol has one table from kind to wire text
 * (`listeners/<protocol>/refusal-reply.ts`); a new kind stops those tables compiling until they have an answer.
 */
export type Refusal =
  /** The server as a whole has no slot free. Numbers are not told. */
  | { readonly refused: 'total-full' }
  /** The client's own network has used up its slots. */
  | { readonly refused: 'address-full'; readonly used: number; readonly limit: number }
  /** The account has used up its slots, found after a right password. */
  | { readonly refused: 'account-full'; readonly used: number; readonly limit: number }
  /** Wrong password or unknown account: told alike. */
  | { readonly refused: 'bad-credentials' }
  /** This session, or this address within ten minutes, failed too often. */
  | { readonly refused: 'too-many-failed-logins' }
  /** Too many password checks are waiting; not the client's fault and not a wrong password. */
  | { readonly refused: 'login-busy' }
  /** `min-key-bits` asks for TLS, or for stronger TLS, before a password may be sent. */
  | { readonly refused: 'encryption-required' }
  /** This way of logging in is switched off. */
  | { readonly refused: 'login-disabled' }
  /** A login by certificate, and the client has shown none that is good. */
  | { readonly refused: 'no-certificate' }
  /** An anonymous login to POP3, and there is no public mailbox to open. */
  | { readonly refused: 'nothing-public' }
  /** The store did not answer, and the policy is `closed`. */
  | { readonly refused: 'store-unavailable' }
  /** This process runs as many commands as it may. */
  | { readonly refused: 'commands-full' }
  /** No FETCH of the account, or of the server, has ended in time. */
  | { readonly refused: 'fetches-full' }
  /** No SEARCH of the account has ended in time. */
  | { readonly refused: 'searches-full' }
  /** The server is shutting down or the listener was switched off. */
  | { readonly refused: 'draining' }
  /** POP3: another session has the maildrop open. */
  | { readonly refused: 'maildrop-locked' };

export type RefusalKind = Refusal['refused'];

/** One answer per kind: `satisfies RefusalTable<T>` keeps a protocol's table complete. */
export type RefusalTable<T> = { readonly [K in RefusalKind]: (refusal: Extract<Refusal, { refused: K }>) => T };
