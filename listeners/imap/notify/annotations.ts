import { createHash } from 'node:crypto';
import type { Annotation, AnnotationSet, Annotations } from '../../../core/mailbox/annotations.ts';
import type { Mailbox } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import { type Scope, setOf } from '../metadata.ts';
import { NoticesOverflow } from './overflow.ts';

/** Entries that a session keeps in mind: each is a name and a hash. */
const mostEntries = 5_000;

interface ScopedSet {
  readonly scope: Scope;
  readonly set: AnnotationSet;
}

/** What of a mailbox's annotations, or of the server's, an account reaches. */
export const setsOf = (mailbox: Mailbox | undefined, account: AccountId): readonly ScopedSet[] =>
  (['/private', '/shared'] as const).flatMap((scope) => {
    const set = setOf(scope, mailbox, account);
    return set === undefined ? [] : [{ scope, set }];
  });

const keyOf = (set: AnnotationSet): string => `${set.of === 'server' ? '' : set.mailbox.id} ${set.account ?? ''}`;

type Entries = ReadonlyMap<string, string>;

/** Annotations as a client last heard of them: their values are known by hashes. */
export class KnownAnnotations {
  readonly #annotations: Pick<Annotations, 'read'>;
  readonly #known = new Map<string, Entries>();
  #entries = 0;

  constructor(annotations: Pick<Annotations, 'read'>) {
    this.#annotations = annotations;
  }

  /** As they are now, without a word. @throws NoticesOverflow */
  async learn(sets: readonly ScopedSet[]): Promise<void> {
    const found = await this.#annotations.read(sets.map(({ set }) => set));
    for (const [i, { scope, set }] of sets.entries()) this.#keep(keyOf(set), hashed(scope, found[i] ?? []));
  }

  forget(sets: readonly ScopedSet[]): void {
    for (const { set } of sets) this.#drop(keyOf(set));
  }

  /** @returns entries that were set, changed or removed since, by name. @throws NoticesOverflow */
  async changed(sets: readonly ScopedSet[]): Promise<readonly string[]> {
    const before = sets.map(({ set }) => this.#known.get(keyOf(set)) ?? new Map<string, string>());
    await this.learn(sets);
    return sets.flatMap(({ set }, i) => difference(before[i] ?? new Map(), this.#known.get(keyOf(set)) ?? new Map())).sort();
  }

  #keep(key: string, entries: Entries): void {
    this.#drop(key);
    this.#known.set(key, entries);
    this.#entries += entries.size;
    if (this.#entries > mostEntries) throw new NoticesOverflow('annotations');
  }

  #drop(key: string): void {
    this.#entries -= this.#known.get(key)?.size ?? 0;
    this.#known.delete(key);
  }
}

const hashed = (scope: Scope, annotations: readonly Annotation[]): Entries =>
  new Map(annotations.map(({ name, value }) => [scope + name, createHash('sha256').update(value, 'latin1').digest('base64').slice(0, 16)]));

const difference = (before: Entries, now: Entries): readonly string[] =>
  [...new Set([...before.keys(), ...now.keys()])].filter((entry) => before.get(entry) !== now.get(entry));
