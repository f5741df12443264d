import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Annotation, type AnnotationSet, type Annotations, bySet } from '../../../core/mailbox/annotations.ts';
import { MailboxGone } from '../../../core/mailbox/mailbox-store.ts';
import { mailboxNumber } from './mailbox-rows.ts';
import { annotationsOf, type SetColumns } from './operations/annotations.ts';
import type { Reads } from './reads.ts';
import type { Writer } from './writer.ts';

/** Sets that are read in one turn of the event loop. */
const setsPerTurn = 200;

export function sqliteAnnotations({ reads, writer }: { readonly reads: Reads; readonly writer: Writer }): Annotations {
  return {
    async read(sets) {
      const found: (readonly Annotation[])[] = [];
      for (const set of sets) {
        const at = columnsOf(set);
        found.push(at === undefined ? [] : await reads.one((sql) => annotationsOf(sql, at)));
        if (found.length % setsPerTurn === 0) await nextTurn();
      }
      return found;
    },

    async write(changes) {
      const sets = bySet(changes).map(({ set, changes: some }) => ({ at: columnsOf(set), some }));
      const known = sets.flatMap(({ at, some }) =>
        at === undefined ? [] : [{ ...at, changes: some.map(({ name, value }) => ({ name, value })) }],
      );
      return known.length < sets.length ? 'no-such-mailbox' : await writer.run('writeAnnotations', { sets: known });
    },
  };
}

/** @returns undefined for an id that no mailbox has */
function columnsOf(set: AnnotationSet): SetColumns | undefined {
  if (set.of === 'server') return { mailbox: 0, owner: set.account };
  try {
    return { mailbox: mailboxNumber(set.mailbox.id), owner: set.account ?? '' };
  } catch (error) {
    if (error instanceof MailboxGone) return undefined;
    throw error;
  }
}
