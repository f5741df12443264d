import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { BodyId, MailboxId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import { type Attributes, text, wholeNumber } from '../dynamodb/attributes.ts';
import { mailTableShape, mailboxShape as shape } from '../mail-shapes.ts';
import { mailboxKey } from './mailbox-row.ts';

/** What is kept of a message beside its flags. */
export interface StoredMessage {
  readonly uid: number;
  readonly body: BodyId;
  /** Of the item by which it owns the body. */
  readonly owner: string;
  /** latin1. */
  readonly prefix: string;
  readonly internalDate: number;
  readonly savedAt: number | undefined;
  /** Octets of the body. */
  readonly bodySize: number;
  /** Deflated; undefined: in the bucket. */
  readonly facts: Uint8Array | undefined;
}

export const recordSortKey = (uid: number): string => shape.recordPrefix + String(uid).padStart(10, '0');
export const recordKey = (mailbox: MailboxId, uid: number): Record<string, AttributeValue> => mailboxKey(mailbox, recordSortKey(uid));

/** @param heldBy the number of the hold under which it is written before its change is made */
export const recordItem = (mailbox: MailboxId, message: StoredMessage, heldBy?: number): Record<string, AttributeValue> => ({
  ...recordKey(mailbox, message.uid),
  [shape.body]: { S: message.body },
  [shape.owner]: { S: message.owner },
  [shape.internalDate]: { N: String(message.internalDate) },
  [shape.bodySize]: { N: String(message.bodySize) },
  ...(message.savedAt === undefined ? {} : { [shape.savedAt]: { N: String(message.savedAt) } }),
  ...(message.prefix === '' ? {} : { [shape.prefix]: { B: Buffer.from(message.prefix, 'latin1') } }),
  ...(message.facts === undefined ? {} : { [shape.facts]: { B: message.facts } }),
  ...(heldBy === undefined ? {} : { [shape.heldBy]: { N: String(heldBy) } }),
});

/** @returns where a record is; undefined when it is no record */
export function placeOf(item: Attributes): { readonly mailbox: MailboxId; readonly uid: number } | undefined {
  const sortKey = item[mailTableShape.sortKey]?.S ?? '';
  if (!sortKey.startsWith(shape.recordPrefix)) return undefined;
  const mailbox = (item[mailTableShape.partitionKey]?.S ?? '').slice(mailTableShape.mailboxPrefix.length) as MailboxId;
  return { mailbox, uid: Number(sortKey.slice(shape.recordPrefix.length)) };
}

/** @throws naming the record and the attribute when the item is none of ours */
export function recordFrom(item: Attributes): StoredMessage {
  const key = text(item[mailTableShape.sortKey], 'sort key of a record');
  const prefix = item[shape.prefix]?.B;
  return {
    uid: Number(key.slice(shape.recordPrefix.length)),
    body: text(item[shape.body], `record ${key} body`) as BodyId,
    owner: text(item[shape.owner], `record ${key} owner`),
    prefix: prefix === undefined ? '' : Buffer.from(prefix).toString('latin1'),
    internalDate: wholeNumber(item[shape.internalDate], `record ${key} date`),
    savedAt: item[shape.savedAt] === undefined ? undefined : wholeNumber(item[shape.savedAt], `record ${key} saved`),
    bodySize: wholeNumber(item[shape.bodySize], `record ${key} size`),
    facts: item[shape.facts]?.B,
  };
}

/** Octets of facts that a record carries: most messages' are 200 to 700, so that the whole record is one write unit. */
const mostFacts = 4_096;

/** Octets that facts of a record may unpack to: what unpacks to more is none of ours. */
const mostUnpacked = 1_000_000;

/** Words that facts are full of. Records were deflated with it: it may never change. */
const dictionary = Buffer.from(
  '"size":,"date":"Mon, 1 Jan 2026 10:00:00 +0000","subject":"Re: ","from":[{"name":"","mailbox":"","host":""}],"sender":[],"replyTo":[],"to":[],' +
    '"cc":[],"bcc":[],"inReplyTo":"<@mail.gmail.com>","messageId":"<@>"},"structure":{"type":"multipart","subtype":"alternative","params":[["boundary","' +
    '"]],"encoding":"base64","disposition":{"type":"attachment","params":[["filename",".pdf"]]},"type":"application","subtype":"octet-stream",' +
    '"type":"image","subtype":"png","subtype":"jpeg","params":[["name",""]],"id":"<","subtype":"mixed","subtype":"related","type":"text","subtype":"html",' +
    '"encoding":"quoted-printable","type":"text","subtype":"plain","params":[["charset","utf-8"],["format","flowed"]],"encoding":"7bit",' +
    '"headerStart":,"bodyStart":,"bodyEnd":,"lines":,"parts":[{"type":"}]}}{"size":,"date":1,"envelope":{"date":"',
);

/** @returns undefined for long ones, which go into the bucket */
export function packFacts(facts: MessageFacts): Uint8Array | undefined {
  const json = JSON.stringify(facts);
  if (json.length > mostUnpacked / 4) return undefined; // no character has more than four octets
  const packed = deflateRawSync(json, { dictionary, level: constants.Z_BEST_COMPRESSION });
  return packed.length <= mostFacts ? new Uint8Array(packed) : undefined;
}

export const unpackFacts = (packed: Uint8Array): MessageFacts =>
  JSON.parse(inflateRawSync(packed, { dictionary, maxOutputLength: mostUnpacked }).toString('utf8')) as MessageFacts;
