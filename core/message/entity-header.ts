import type { Envelope, EnvelopeAddress } from '../values/message-facts.ts';
import { parseAddressList } from './address-list.ts';
import { parseDate } from './date.ts';
import { fieldValue, headerFields } from './header.ts';
import { type Params, paramOf, parseParametrised, withoutComments, withoutQuotes } from './mime-params.ts';
import type { TextBudget } from './text-budget.ts';

/** What a MIME entity's own fields say about it (RFC 2045, RFC 2183, RFC 3282). */
export interface EntityHeader {
  readonly type: string;
  readonly subtype: string;
  readonly params: Params;
  readonly boundary?: string;
  readonly id?: string;
  readonly description?: string;
  readonly encoding: string;
  readonly md5?: string;
  readonly disposition?: { readonly type: string; readonly params: Params };
  readonly language?: readonly string[];
  readonly location?: string;
}

const mimeFields = new Set([
  'content-type',
  'content-id',
  'content-description',
  'content-transfer-encoding',
  'content-md5',
  'content-disposition',
  'content-language',
  'content-location',
]);
const texts = ['date', 'subject', 'in-reply-to', 'message-id', 'references'] as const;
const lists = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'] as const;
const listFields = new Set<string>(lists);
const envelopeFields = new Set<string>([...texts, ...lists]);

export type Fields = ReadonlyMap<string, string>;

/**
 * Values of the fields that facts are made of. Of a field that is there twice the first counts; address fields are joined.
 * @param block octets as latin1. @param envelope those of a message's envelope too
 */
export function readFields(block: string, envelope: boolean, budget: TextBudget): Fields {
  const fields = new Map<string, string>();
  for (const field of headerFields(block)) {
    const name = field.name.toLowerCase();
    if (!mimeFields.has(name) && !(envelope && envelopeFields.has(name))) continue;
    const before = fields.get(name);
    if (before === undefined) fields.set(name, budget.keep(fieldValue(block, field)));
    else if (listFields.has(name)) fields.set(name, `${before}, ${budget.keep(fieldValue(block, field))}`);
  }
  return fields;
}

/** @param defaultType of an entity that has no Content-Type of its own: message/rfc822 in a multipart/digest (RFC 2046 section 5.1.5) */
export function entityHeader(fields: Fields, defaultType: 'text/plain' | 'message/rfc822'): EntityHeader {
  const { type, subtype, params } = contentType(fields.get('content-type'), defaultType);
  const boundary = type === 'multipart' ? paramOf(params, 'boundary') : undefined;
  const disposition = contentDisposition(fields.get('content-disposition'));
  const language = fields.get('content-language');
  return {
    type,
    subtype,
    params,
    encoding:
      withoutQuotes(
        withoutComments(fields.get('content-transfer-encoding') ?? '')
          .split(/[\s;]/, 1)[0]
          ?.toLowerCase() ?? '',
      ) || '7bit',
    ...(boundary === undefined ? {} : { boundary }),
    ...present('id', fields.get('content-id')),
    ...present('description', fields.get('content-description')),
    ...present('md5', fields.get('content-md5')),
    ...(disposition === undefined ? {} : { disposition }),
    ...(language === undefined ? {} : { language: languages(language) }),
    ...present('location', fields.get('content-location')?.replace(/\s+/g, '')),
  };
}

const present = <Name extends string>(name: Name, value: string | undefined): { readonly [K in Name]?: string } =>
  (value === undefined || value === '' ? {} : { [name]: value }) as { readonly [K in Name]?: string };

const mediaType = /^([^\s/;,()<>@:\\"[\]?=]+)\s*\/\s*([^\s/;,()<>@:\\"[\]?=]+)/;

/** What can't be read is plain text (RFC 2045 section 5.2). */
function contentType(text: string | undefined, defaultType: 'text/plain' | 'message/rfc822') {
  const { value, params } = parseParametrised(text ?? '');
  // NUL is never told, so that a type with one in it would look like another one.
  const [, type, subtype] = mediaType.exec(value.replaceAll('\0', '')) ?? [];
  if (type !== undefined && subtype !== undefined) return { type, subtype, params };
  if (text === undefined && defaultType === 'message/rfc822') return { type: 'message', subtype: 'rfc822', params: [] };
  return { type: 'text', subtype: 'plain', params: params.length > 0 ? params : ([['charset', 'us-ascii']] as const) };
}

function contentDisposition(text: string | undefined): EntityHeader['disposition'] {
  if (text === undefined) return undefined;
  const { value, params } = parseParametrised(text);
  return value === '' ? undefined : { type: value, params };
}

const languages = (text: string): readonly string[] =>
  withoutComments(text)
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');

/** RFC 9051 section 7.5.2. */
export function envelopeOf(fields: Fields): Envelope {
  const list = (name: (typeof lists)[number]): readonly EnvelopeAddress[] => {
    const text = fields.get(name);
    return text === undefined ? [] : parseAddressList(text);
  };
  return {
    ...present('date', fields.get('date')),
    ...subject(fields.get('subject')),
    from: list('from'),
    sender: list('sender'),
    replyTo: list('reply-to'),
    to: list('to'),
    cc: list('cc'),
    bcc: list('bcc'),
    ...present('inReplyTo', fields.get('in-reply-to')),
    ...present('messageId', fields.get('message-id')),
  };
}

/** An empty Subject is a subject, not an absent one. */
const subject = (value: string | undefined) => (value === undefined ? {} : { subject: value });

export function dateOf(fields: Fields): number | undefined {
  const text = fields.get('date');
  return text === undefined ? undefined : parseDate(text);
}
