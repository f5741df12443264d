import type { Brand } from './brand.ts';

/** Random id of a stored body (ULID). Never derived from outside text, so it is safe as a path or an S3 key. */
export type BodyId = Brand<string, 'BodyId'>;

/** Id of one accepted message (ULID): told to the client in the `250` line and in Received, shared by all its spool rows. */
export type SpoolId = Brand<string, 'SpoolId'>;

/** Id of one spool row: one message and one next hop. */
export type SpoolRowId = Brand<string, 'SpoolRowId'>;

/** One process epoch (a ULID made at boot) or one Lambda invocation: what owns slots and claims. */
export type HolderId = Brand<string, 'HolderId'>;

/** Id of a mailbox; it outlives renames. */
export type MailboxId = Brand<string, 'MailboxId'>;

/** Id of one client session, unique over all processes. */
export type SessionId = Brand<string, 'SessionId'>;

/** Makes a new sortable unique id. Passed in, because core has no randomness of its own. */
export type NewId = () => string;
