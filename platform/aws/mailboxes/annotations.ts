import type { Identifier } from '../../../core/accounts/acl.ts';
import {
  type AnnotationRefusal,
  type AnnotationSet,
  type Annotations,
  annotated,
  bySet,
  isElsewhere,
} from '../../../core/mailbox/annotations.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { mailTableShape as mail } from '../mail-shapes.ts';
import { untilApplied } from '../until-applied.ts';
import { annotationKey, annotationsIn, annotationsWrite, guardsOf, guardWrite, isThere } from './annotation-items.ts';
import { hasRoomElsewhere } from './annotations-elsewhere.ts';
import { type Key, MailTable } from './mail-table.ts';
import { rowKey, watchersOf } from './mailbox-row.ts';
import { type NamesTelling, tellNames } from './names-watched.ts';

/** An item for each set, so that GETMETADATA is one request, and LIST with METADATA one for each hundred mailboxes. */
export function dynamoAnnotations(deps: NamesTelling): Annotations {
  const { client, table: name, clock, teller } = deps;
  const table = new MailTable(client, name);
  const tell = async (set: AnnotationSet): Promise<void> => {
    if (set.of === 'server') return await tellNames(deps, set.account as string as Identifier);
    const row = teller && (await table.get(rowKey(set.mailbox.id)));
    if (row !== undefined) teller?.tell(set.mailbox.id, watchersOf(row, clock.now()));
  };
  const itemsOf = async (keys: readonly Key[]): Promise<ReadonlyMap<string, Attributes>> =>
    new Map((await table.getMany([...new Map(keys.map((key) => [nameOf(key), key])).values()])).map((item) => [nameOf(item), item]));
  return {
    async read(sets) {
      const items = await itemsOf(sets.map(annotationKey));
      return sets.map((set) => annotationsIn(items.get(nameOf(annotationKey(set)))));
    },

    async write(changes) {
      const groups = bySet(changes);
      const guards = [...new Map(groups.flatMap(({ set }) => guardsOf(set)).map((guard) => [nameOf(guard.key), guard])).values()];
      const written = await untilApplied<'written' | AnnotationRefusal>(client, async () => {
        const items = await itemsOf([...groups.map(({ set }) => annotationKey(set)), ...guards.map(({ key }) => key)]);
        const itemOf = (set: AnnotationSet): Attributes | undefined => items.get(nameOf(annotationKey(set)));
        if (!guards.every((guard) => isThere(items.get(nameOf(guard.key)), guard))) return { answer: 'no-such-mailbox' };
        const after = groups.map(({ set, changes: some }) => ({ set, annotations: annotated(annotationsIn(itemOf(set)), some) }));
        const writes = after.flatMap(({ set, annotations }) =>
          annotations === 'too-many' ? [] : [annotationsWrite(name, set, itemOf(set), annotations)],
        );
        if (writes.length < groups.length) return { answer: 'too-many' };
        for (const { set, annotations } of after) {
          const isNew = itemOf(set) === undefined && annotations.length > 0;
          if (isNew && isElsewhere(set) && !(await hasRoomElsewhere(table, set.account as AccountId))) return { answer: 'too-many' };
        }
        return { writes: [...writes, ...guards.map((guard) => guardWrite(name, guard))], done: 'written' };
      });
      if (written === 'written') await Promise.allSettled(groups.map(({ set }) => tell(set))); // it stands, whoever hears of it
      return written;
    },
  };
}

const nameOf = (item: Attributes): string => `${item[mail.partitionKey]?.S} ${item[mail.sortKey]?.S}`;
