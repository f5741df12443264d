import { casemap } from '../../message/casemap.ts';
import { hasFlag } from '../../values/flags.ts';
import type { EnvelopeAddress } from '../../values/message-facts.ts';
import { inNumberSet, type NumberSet } from '../../values/number-set.ts';
import type { SearchKey } from '../../values/search-key.ts';
import { emailId } from '../email-id.ts';
import type { MessageRecord } from '../mailbox-store.ts';
import { savedDay, sentDay, utcDay } from './day.ts';
import type { Evidence } from './evidence.ts';
import { addressText, contains, fieldNeedle, fieldValues, headerText } from './text-match.ts';

/** True, false, or not known from the evidence so far. */
export type Verdict = boolean | undefined;

/**
 * Decides a search key by Kleene's three-valued logic, so that a cheap "no" in an AND, or a cheap "yes" in an OR, spares the costly rest.
 * @param key settled, see settleSets: of its sets only UIDs are left
 */
export function evaluate(key: SearchKey, evidence: Evidence): Verdict {
  switch (key.key) {
    case 'AND':
      return every(key.of, (one) => evaluate(one, evidence));
    case 'OR':
      return not(every(key.of, (one) => not(evaluate(one, evidence))));
    case 'NOT':
      return not(evaluate(key.of, evidence));
    case 'UID':
      return inNumberSet(key.set as NumberSet, evidence.row.uid);
    default:
      return (
        byRow(key, evidence) ??
        byIndex(key, evidence) ??
        (evidence.record === undefined ? undefined : (byRecord(key, evidence.record) ?? byText(key, evidence)))
      );
  }
}

const not = (verdict: Verdict): Verdict => (verdict === undefined ? undefined : !verdict);

function every(keys: readonly SearchKey[], judge: (key: SearchKey) => Verdict): Verdict {
  let open = false;
  for (const key of keys) {
    const verdict = judge(key);
    if (verdict === false) return false;
    if (verdict === undefined) open = true;
  }
  return open ? undefined : true;
}

function byRow(key: SearchKey, { row }: Evidence): Verdict {
  switch (key.key) {
    case 'ALL':
      return true;
    case 'RECENT':
      return row.recent;
    case 'OLD':
      return !row.recent;
    case 'NEW':
      return row.recent && !row.flags.some((flag) => flag === '\\Seen');
    case 'FLAG':
      return hasFlag(row.flags, key.flag);
    case 'UNFLAG':
      return !hasFlag(row.flags, key.flag);
    case 'MODSEQ':
      return row.modseq >= key.modseq;
    default:
      return undefined;
  }
}

/** What stands nowhere in a message is in no text that a key compares. */
const byIndex = (key: SearchKey, { ruledOut }: Evidence): Verdict =>
  ruledOut !== undefined && 'text' in key && ruledOut(casemap(key.text)) ? false : undefined;

function byRecord(key: SearchKey, record: MessageRecord): Verdict {
  const { envelope } = record.facts;
  switch (key.key) {
    case 'LARGER':
      return record.size > key.octets;
    case 'SMALLER':
      return record.size < key.octets;
    case 'BEFORE':
      return utcDay(record.internalDate) < key.day;
    case 'ON':
      return utcDay(record.internalDate) === key.day;
    case 'SINCE':
      return utcDay(record.internalDate) >= key.day;
    case 'UNTIL':
      return Math.floor(record.internalDate / 1000) <= key.second;
    case 'FROM-THEN':
      return Math.floor(record.internalDate / 1000) >= key.second;
    case 'SAVEDBEFORE':
      return savedDay(record) < key.day;
    case 'SAVEDON':
      return savedDay(record) === key.day;
    case 'SAVEDSINCE':
      return savedDay(record) >= key.day;
    case 'SENTBEFORE':
      return sentDay(record) < key.day;
    case 'SENTON':
      return sentDay(record) === key.day;
    case 'SENTSINCE':
      return sentDay(record) >= key.day;
    case 'FROM':
      return addressesContain(envelope.from, key.text);
    case 'TO':
      return addressesContain(envelope.to, key.text);
    case 'CC':
      return addressesContain(envelope.cc, key.text);
    case 'BCC':
      return addressesContain(envelope.bcc, key.text);
    case 'SUBJECT':
      return fieldContains(envelope.subject, key.text);
    case 'EMAILID':
      return emailId(record) === key.id;
    case 'HEADER':
      return byEnvelopeField(key.field, key.text, record);
    default:
      return undefined;
  }
}

/** Threading clients look for Message-ID all the time: the envelope answers without reading the message. */
function byEnvelopeField(field: string, text: string, { facts: { envelope } }: MessageRecord): Verdict {
  switch (field.toLowerCase()) {
    case 'message-id':
      return fieldContains(envelope.messageId, text);
    case 'in-reply-to':
      return fieldContains(envelope.inReplyTo, text);
    case 'subject':
      return fieldContains(envelope.subject, text);
    default:
      return undefined;
  }
}

const addressesContain = (addresses: readonly EnvelopeAddress[], text: string): boolean =>
  addresses.length > 0 && contains(addressText(addresses), fieldNeedle(text));

/** An empty text asks whether the field is there at all, as for addresses above. */
const fieldContains = (raw: string | undefined, text: string): boolean => raw !== undefined && contains(headerText(raw), fieldNeedle(text));

function byText(key: SearchKey, { header, body }: Evidence): Verdict {
  switch (key.key) {
    case 'HEADER':
      return header === undefined ? undefined : fieldValues(header, key.field).some((value) => contains(value, fieldNeedle(key.text)));
    case 'BODY':
      return body?.found(key.text);
    case 'TEXT':
      if (header !== undefined && contains(headerText(header), fieldNeedle(key.text))) return true;
      return body?.found(key.text);
    default:
      return undefined;
  }
}
