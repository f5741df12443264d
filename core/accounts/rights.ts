/** One of the standard rights of RFC 4314 section 2.1. */
export type Right = 'l' | 'r' | 's' | 'w' | 'i' | 'p' | 'k' | 'x' | 't' | 'e' | 'a';

export type Rights = ReadonlySet<Right>;

/** In the order in which they are told. */
export const standardRights: readonly Right[] = ['l', 'r', 's', 'w', 'i', 'p', 'k', 'x', 't', 'e', 'a'];

/** What an account has in its own mailboxes. */
export const allRights: Rights = new Set(standardRights);
