import type { AccountId } from '../values/address.ts';
import type { Mailbox } from './mailbox-store.ts';

/** Annotations that are kept together: of the server, for one account alone; or of a mailbox, for one account alone or for all who reach it. */
export type AnnotationSet =
  | { readonly of: 'server'; readonly account: AccountId }
  | { readonly of: 'mailbox'; readonly mailbox: Pick<Mailbox, 'id' | 'account'>; readonly account?: AccountId };

/** One entry of RFC 5464. */
export interface Annotation {
  /** Lower case, without `/private` or `/shared` in front: `/comment`. */
  readonly name: string;
  /** Octets as latin1. */
  readonly value: string;
}

export interface AnnotationChange {
  readonly set: AnnotationSet;
  readonly name: string;
  /** Undefined: it is removed. */
  readonly value: string | undefined;
}

export type AnnotationRefusal = 'too-many' | 'no-such-mailbox';

/** Annotations of mailboxes and of the server (RFC 5464). Those of a mailbox stay with it when it is renamed and go with it; those of an account go with the account. */
export interface Annotations {
  /** Of each set, in the order asked, by name. Sets of mailboxes that are gone are empty. @param sets each once */
  read(sets: readonly AnnotationSet[]): Promise<readonly (readonly Annotation[])[]>;
  /** All or none, durable when it resolves. @param changes each name of a set once; values of `maxAnnotationOctets` at most */
  write(changes: readonly AnnotationChange[]): Promise<'written' | AnnotationRefusal>;
}

/** Of one value. */
export const maxAnnotationOctets = 16_384;
/** Of a set; names and values together. A set is read and written as one. */
export const maxAnnotations = 100;
export const maxSetOctets = 65_536;
/** Mailboxes of others in which an account may have annotations for itself alone: what is there is in nobody's quota. */
export const maxElsewhere = 100;

/** @returns whether a set is an account's own in a mailbox of somebody else */
export const isElsewhere = (set: AnnotationSet): boolean =>
  set.of === 'mailbox' && set.account !== undefined && set.account !== set.mailbox.account;

/** Changes by the sets they are made in. */
export function bySet(
  changes: readonly AnnotationChange[],
): readonly { readonly set: AnnotationSet; readonly changes: readonly AnnotationChange[] }[] {
  const groups = Map.groupBy(changes, ({ set }) => `${set.of === 'mailbox' ? set.mailbox.id : ''} ${set.account ?? ''}`);
  return [...groups.values()].flatMap((some) => (some[0] === undefined ? [] : [{ set: some[0].set, changes: some }]));
}

/** @returns what a set has after the changes */
export function annotated(
  before: readonly Annotation[],
  changes: readonly Pick<AnnotationChange, 'name' | 'value'>[],
): readonly Annotation[] | 'too-many' {
  const values = new Map(before.map(({ name, value }) => [name, value]));
  for (const { name, value } of changes) {
    if (value === undefined) values.delete(name);
    else values.set(name, value);
  }
  const after = sortedAnnotations([...values].map(([name, value]) => ({ name, value })));
  return fits(after) ? after : 'too-many';
}

const octetsOf = (annotations: readonly Annotation[]): number =>
  annotations.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
const fits = (annotations: readonly Annotation[]): boolean => annotations.length <= maxAnnotations && octetsOf(annotations) <= maxSetOctets;

export const sortedAnnotations = (annotations: readonly Annotation[]): readonly Annotation[] =>
  [...annotations].sort((a, b) => (a.name < b.name ? -1 : 1));
