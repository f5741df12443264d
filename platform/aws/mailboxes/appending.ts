import type { Appended } from '../../../core/mailbox/mailbox-store.ts';
import type { StoredFlags } from '../../../core/mailbox/stored-flags.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import type { TakenBody } from './body-taking.ts';
import { deliveredWrite } from './delivered.ts';
import { type Draft, putNew } from './draft.ts';
import { blockOf } from './flag-block.ts';
import type { Change } from './group-commit.ts';
import type { MailboxRow } from './mailbox-row.ts';
import { recordItem, type StoredMessage } from './message-record.ts';
import { ownerStands, ownerWrite } from './ownership.ts';

/** A message that is ready to be placed. */
export interface MessageToPlace extends StoredFlags {
  readonly body: TakenBody;
  /** Of the item by which it will own its body. */
  readonly owner: string;
  readonly prefix: string;
  readonly internalDate: number;
  readonly savedAt: number;
  readonly key?: string | undefined;
}

/** Messages that one transaction takes: each has a record, an owner, and may have a key or an owner before it. */
export const mostAtOnce = 28;

/** Blocks that so many new messages stand in. */
export const newBlocks = ({ uidNext }: Pick<MailboxRow, 'uidNext'>, count: number): readonly number[] => {
  const [first, last] = [blockOf(uidNext), blockOf(uidNext + count - 1)];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
};

export const sizeOf = ({ prefix, body }: Pick<MessageToPlace, 'prefix' | 'body'>): number => prefix.length + body.size;

/** @param lost told when a body's other owner is not there any more */
export function appendChange(
  mailbox: MailboxId,
  messages: readonly MessageToPlace[],
  now: number,
  lost: () => void,
): Change<readonly Appended[]> {
  return {
    adds: true,
    keys: messages.flatMap(({ key }) => key ?? []),
    along: messages.reduce((sum, { key, body }) => sum + 2 + (key === undefined ? 0 : 1) + (body.standing === undefined ? 0 : 1), 0),
    blocks: (row) => newBlocks(row, messages.length),
    apply(draft, keyMet) {
      checkOwners(draft, messages, now, lost);
      return messages.map((message) => landedBefore(draft, message) ?? placed(draft, mailbox, message, now, keyMet));
    },
  };
}

function landedBefore(draft: Draft, { key }: MessageToPlace): Appended | undefined {
  if (key === undefined) return undefined;
  const uid = draft.newKeys.get(key) ?? draft.landed.get(key);
  if (uid === undefined) return undefined;
  const isThere = draft.entry(uid) !== undefined;
  return { uid: (isThere ? uid : 0) as Uid, modseq: modseqOf(draft.numbers.highestModseq), fresh: false };
}

function placed(draft: Draft, mailbox: MailboxId, message: MessageToPlace, now: number, keyMet: () => void): Appended {
  const { flags, keywords, key, body, owner } = message;
  const uid = draft.add({ flags, keywords, size: sizeOf(message) });
  draft.along.push(putNew(recordItem(mailbox, storedMessage(uid, message))), ownerWrite(body.body, owner));
  if (key !== undefined) {
    draft.newKeys.set(key, uid);
    draft.along.push(deliveredWrite(mailbox, key, uid, now, keyMet));
  }
  return { uid: uid as Uid, modseq: modseqOf(draft.modseq()), fresh: true };
}

/** One check per owner: a transaction names no item twice. */
function checkOwners(draft: Draft, messages: readonly MessageToPlace[], now: number, lost: () => void): void {
  const standing = new Map(messages.flatMap(({ body }) => (body.standing === undefined ? [] : [[body.standing, body.body] as const])));
  for (const [owner, body] of standing) draft.along.push(ownerStands(body, owner, now, lost));
}

export const storedMessage = (uid: number, { body, owner, prefix, internalDate, savedAt }: MessageToPlace): StoredMessage => ({
  uid,
  body: body.body,
  owner,
  prefix,
  internalDate,
  savedAt,
  bodySize: body.size,
  facts: body.facts,
});

export const modseqOf = (modseq: number): Modseq => BigInt(modseq) as Modseq;
