import { type Appended, MailboxGone, type NewMessage, TooManyKeywords } from '../../../core/mailbox/mailbox-store.ts';
import { BodyMissing } from '../../../core/mailbox/message-bodies.ts';
import { storeFlags } from '../../../core/mailbox/stored-flags.ts';
import type { BodyId, MailboxId } from '../../../core/values/ids.ts';
import type { Uid } from '../../../core/values/uid.ts';
import { appendChange, type MessageToPlace, modseqOf, mostAtOnce } from './appending.ts';
import type { BodyTaking, TakenBody } from './body-taking.ts';
import { type CopyDeps, commitPlaced } from './copying.ts';
import { inParallel } from './mail-table.ts';
import { Overtaken } from './overtaken.ts';
import { holding, placedAtOnce, placeMany } from './placing-many.ts';
import { inGroups } from './records.ts';

/** A message for a mailbox, whose body was taken over for it. */
export interface OwnedMessage extends Omit<NewMessage, 'body'> {
  readonly body: TakenBody;
}

export interface AppendDeps extends CopyDeps {
  readonly taken: () => BodyTaking;
}

export async function append(deps: AppendDeps, mailbox: MailboxId, messages: readonly NewMessage[]): Promise<readonly Appended[]> {
  if (messages.length === 0) return [];
  for (let left = mostTries; ; left -= 1) {
    const taking = deps.taken();
    try {
      const taken = await takenBodies(taking, messages);
      const owned = messages.map((message) => ({ ...message, body: taken.get(message.body.id) as TakenBody }));
      const appended = await appendOwned(deps, mailbox, owned, taking);
      await taking.done().catch(() => {}); // the purge does it
      return appended;
    } catch (error) {
      // Of any other fault it is not sure that nothing was appended, or will be.
      if (isRefusal(error)) await taking.undone().catch(() => {});
      if (!(error instanceof Overtaken) || left === 0) throw error;
    }
  }
}

export const mostTries = 5;

/** It is sure that nothing was appended. */
export const isRefusal = (error: unknown): boolean =>
  [BodyMissing, MailboxGone, TooManyKeywords, Overtaken].some((kind) => error instanceof kind);

/** Each body once, however many messages have it. */
async function takenBodies(taking: BodyTaking, messages: readonly NewMessage[]): Promise<ReadonlyMap<BodyId, TakenBody>> {
  const bodies = new Map(messages.map(({ body }) => [body.id, body]));
  const taken = new Map<BodyId, TakenBody>();
  await inParallel([...bodies.values()], async (body) => void taken.set(body.id, await taking.own(body)));
  return taken;
}

/** @throws Overtaken when a body's last owner went meanwhile */
export async function appendOwned(
  deps: CopyDeps,
  mailbox: MailboxId,
  messages: readonly OwnedMessage[],
  taking: BodyTaking,
): Promise<readonly Appended[]> {
  const toPlace = messages.map((message) => placeable(message, deps));
  const appended = await (toPlace.length > mostAtOnce ? appendMany(deps, mailbox, toPlace) : appendFew(deps, mailbox, toPlace, taking));
  for (const [i, { fresh }] of appended.entries()) {
    const message = toPlace[i];
    if (fresh && message !== undefined) taking.has(message.body.body, message.owner);
  }
  return appended;
}

/** @throws TooManyKeywords */
export const placeable = (message: OwnedMessage, { newId, clock }: Pick<CopyDeps, 'newId' | 'clock'>): MessageToPlace => ({
  ...storeFlags(message.flags),
  body: message.body,
  owner: newId(),
  prefix: message.prefix,
  internalDate: message.internalDate,
  savedAt: clock.now(),
  key: message.deliveryKey,
});

async function appendFew(
  deps: CopyDeps,
  mailbox: MailboxId,
  messages: readonly MessageToPlace[],
  taking: BodyTaking,
): Promise<readonly Appended[]> {
  let lost = false;
  const change = appendChange(mailbox, messages, deps.clock.now(), () => {
    lost = true;
  });
  const apply: typeof change.apply = (draft, keyMet) => {
    if (lost || !taking.mayAdd) throw new Overtaken('a body has no owner any more');
    return change.apply(draft, keyMet);
  };
  return await deps.groups.submit(mailbox, { ...change, apply });
}

async function appendMany(deps: CopyDeps, mailbox: MailboxId, messages: readonly MessageToPlace[]): Promise<readonly Appended[]> {
  if (messages.some(({ key }) => key !== undefined)) throw new Error(`at most ${mostAtOnce} messages at once can have delivery keys`);
  return await holding(deps, mailbox, async (held) => {
    async function* groups(): AsyncGenerator<readonly MessageToPlace[]> {
      yield* inGroups(messages, placedAtOnce);
    }
    const placed = await placeMany(deps, held, messages.length, groups());
    await commitPlaced(deps, placed);
    return placed.uids.map((uid) => ({ uid: uid as Uid, modseq: modseqOf(held.modseq), fresh: true }));
  });
}
