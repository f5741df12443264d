import { isPerson } from '../../../core/accounts/principal.ts';
import { type AnnotationChange, maxAnnotationOctets } from '../../../core/mailbox/annotations.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { CommandOf, Handler } from '../answer.ts';
import { type Annotated, isComputed, reachAnnotated, scopeOf, setOf } from '../metadata.ts';
import { noMailbox, noPermission } from '../reach-mailbox.ts';

type Changes = CommandOf<'SETMETADATA'>['changes'];

/** SETMETADATA (RFC 5464 section 4.3): all of it, or nothing. */
export const setMetadata: Handler<'SETMETADATA'> = async ({ mailbox, changes }, state, ports) => {
  const place = await reachAnnotated(mailbox, state, ports);
  if (typeof place === 'string') return { state, reply: place };
  const refusal = refusalOf(changes, place, state.account);
  if (refusal !== undefined) return { state, reply: refusal };
  const written = await ports.annotations.write(changesIn(changes, place, state.account));
  if (written === 'no-such-mailbox') return { state, reply: noMailbox };
  if (written === 'too-many') return { state, reply: 'NO [METADATA TOOMANY] There are too many annotations' };
  return { state, reply: 'OK SETMETADATA completed' };
};

/** What all share of the server is the operator's; of a mailbox it takes the right to write (RFC 5464 section 3.3, RFC 4314 section 2.1). */
function refusalOf(changes: Changes, { mailbox, rights }: Annotated, account: AccountId): string | undefined {
  const shares = changes.some(({ entry }) => scopeOf(entry) === '/shared');
  if (!isPerson(account) || (shares && !rights.has('w'))) return noPermission;
  if (changes.some(({ entry }) => isComputed(entry, mailbox))) return 'NO [CANNOT] This entry can not be set';
  const wrong = changes.find(({ entry }) => !isSettable(entry));
  if (wrong !== undefined) return 'BAD An entry has a name behind /private or /shared, and two behind /vendor';
  const isLarge = changes.some(({ value }) => (value?.length ?? 0) > maxAnnotationOctets);
  return isLarge ? `NO [METADATA MAXSIZE ${maxAnnotationOctets}] A value may have ${maxAnnotationOctets} octets` : undefined;
}

/** Vendors' entries have the vendor's token and a name of its own (RFC 5464 section 3.2). */
function isSettable(entry: string): boolean {
  const [, , first, ...rest] = entry.split('/');
  return first !== undefined && (first !== 'vendor' || rest.length >= 2);
}

/** An entry that is named twice gets the last value. */
function changesIn(changes: Changes, { mailbox }: Annotated, account: AccountId): readonly AnnotationChange[] {
  const last = new Map(changes.map(({ entry, value }) => [entry, value]));
  return [...last].flatMap(([entry, value]) => {
    const scope = scopeOf(entry);
    const set = setOf(scope, mailbox, account);
    return set === undefined ? [] : [{ set, name: entry.slice(scope.length), value }];
  });
}
