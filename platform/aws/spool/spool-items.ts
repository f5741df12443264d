import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { wishesOf, wishesText } from '../../../core/delivery/row-wishes.ts';
import {
  type NewMessage,
  type NewSpoolRow,
  noHistory,
  type RowHistory,
  type SpoolRecipient,
  type SpoolRow,
} from '../../../core/delivery/spool.ts';
import { hopOf, hopText, type SpoolKey, spoolRowId } from '../../../core/delivery/spool-key.ts';
import type { AccountId, ReversePath } from '../../../core/values/address.ts';
import type { BodyId, HolderId, SpoolId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import { type Attributes, optionalText, optionalWhole, text, wholeNumber } from '../dynamodb/attributes.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';
import { dueKeyOf, hopKeyOf, keyAttributes } from './spool-keys.ts';

/** Octets of facts that an item carries: most messages' fit; each KB is paid with every write of the row. */
const mostFacts = 2048;

/** @returns JSON to be kept with the row; undefined for long ones, which are in the bucket */
export function inlineFacts(facts: MessageFacts): string | undefined {
  const json = JSON.stringify(facts);
  return Buffer.byteLength(json) <= mostFacts ? json : undefined;
}

/** A row as it is added. @param shown false: in no index yet, so that nobody takes it */
export function newRowItem(
  row: NewSpoolRow,
  key: SpoolKey,
  { body, acceptedAt }: NewMessage,
  shown: boolean,
): Record<string, AttributeValue> {
  const { nextHop, reversePath, recipients, declared, submittedBy } = row;
  const wishes = wishesText(row);
  const facts = inlineFacts(body.facts);
  const at = { N: String(acceptedAt) };
  return {
    ...keyAttributes(key),
    [shape.hop]: { S: hopText(nextHop) },
    [shape.body]: { S: body.id },
    [shape.reversePath]: { S: reversePath },
    [shape.recipients]: { S: JSON.stringify(recipients) },
    [shape.eightBit]: { BOOL: declared.eightBit },
    [shape.utf8]: { BOOL: declared.utf8 },
    [shape.acceptedAt]: at,
    [shape.nextAttemptAt]: at,
    [shape.readyAt]: at,
    [shape.attempts]: { N: '0' },
    ...(facts === undefined ? {} : { [shape.facts]: { S: facts } }),
    ...(wishes === undefined ? {} : { [shape.wishes]: { S: wishes } }),
    ...(submittedBy === undefined ? {} : { [shape.submittedBy]: { S: submittedBy } }),
    ...(shown ? indexKeys(row, key) : {}),
  };
}

const indexKeys = ({ nextHop }: Pick<NewSpoolRow, 'nextHop'>, key: SpoolKey): Record<string, AttributeValue> => ({
  [shape.hopKey]: { S: hopKeyOf(nextHop, key) },
  [shape.dueKey]: { S: dueKeyOf(key) },
});

/** Facts as the row has them, or as they are to be fetched. */
export type FactsOf = (body: BodyId) => Promise<MessageFacts>;

/** @throws naming the row and the attribute when the item is none of ours */
export async function rowOf(item: Attributes, factsOf: FactsOf): Promise<SpoolRow> {
  const key = keyOf(item);
  const where = `spool row ${spoolRowId(key)}`;
  const body = text(item[shape.body], `${where} body`) as BodyId;
  const facts = optionalText(item[shape.facts]);
  const history = optionalText(item[shape.history]);
  return {
    id: spoolRowId(key),
    message: key.message,
    body,
    facts: facts === undefined ? await factsOf(body) : (JSON.parse(facts) as MessageFacts),
    nextHop: hopOf(text(item[shape.hop], `${where} hop`)),
    reversePath: text(item[shape.reversePath], `${where} reverse-path`) as ReversePath,
    recipients: JSON.parse(text(item[shape.recipients], `${where} recipients`)) as readonly SpoolRecipient[],
    declared: { eightBit: item[shape.eightBit]?.BOOL === true, utf8: item[shape.utf8]?.BOOL === true },
    acceptedAt: wholeNumber(item[shape.acceptedAt], `${where} accepted`),
    nextAttemptAt: wholeNumber(item[shape.nextAttemptAt], `${where} next attempt`),
    attempts: wholeNumber(item[shape.attempts], `${where} attempts`),
    history: history === undefined ? noHistory : (JSON.parse(history) as RowHistory),
    held: item[shape.held]?.BOOL === true,
    ...wishesOf(optionalText(item[shape.wishes])),
    ...named('submittedBy', optionalText(item[shape.submittedBy]) as AccountId | undefined),
    ...named('lastError', optionalText(item[shape.lastError])),
    ...named('via', optionalText(item[shape.via])),
    ...named('claimedBy', optionalText(item[shape.claimedBy]) as HolderId | undefined),
    ...named('claimedUntil', optionalWhole(item[shape.claimedUntil], `${where} claimed until`)),
  };
}

const named = <N extends string, T>(name: N, value: T | undefined): { readonly [key in N]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [key in N]?: T };

export const keyOf = (item: Attributes): SpoolKey => ({
  message: text(item[shape.partitionKey], 'spool row message') as SpoolId,
  part: wholeNumber(item[shape.sortKey], 'spool row part'),
});
