import type { SpecialUse } from './mailbox-store.ts';

/** What a new account has, and is subscribed to: what mail clients look for. */
export const firstMailboxes: readonly (readonly [name: string, use?: SpecialUse])[] = [
  ['INBOX'],
  ['Drafts', '\\Drafts'],
  ['Sent', '\\Sent'],
  ['Junk', '\\Junk'],
  ['Trash', '\\Trash'],
  ['Archive', '\\Archive'],
];
