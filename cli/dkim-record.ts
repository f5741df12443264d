import { DnsTemporary, type Resolver } from '../core/delivery/resolver.ts';
import { quotedStrings } from '../core/setup/dns-record.ts';
import { type DkimKey, dkimRecord, dkimRecordName, isRecordOf } from '../platform/node/dkim-keys.ts';
import { columns, visible } from './table.ts';

/** The record as a form on a web page wants it, and as a zone file does. */
export function zoneLine(key: DkimKey): { readonly name: string; readonly value: string; readonly zone: string } {
  const name = dkimRecordName(key);
  const value = dkimRecord(key);
  return { name, value, zone: `${name}. IN TXT ( ${quotedStrings(value)} )` };
}

export function recordText(key: DkimKey): string {
  const { name, value, zone } = zoneLine(key);
  const rows = [
    ['name', name],
    ['type', 'TXT'],
    ['value', value],
  ];
  return `${columns(rows)}\n\nIn a zone file:\n${zone}`;
}

export interface PublishedKey {
  readonly state: 'published' | 'absent' | 'different' | 'unknown';
  readonly words: string;
}

/** What the DNS says of a key, as this machine sees it. */
export async function publishedKey(key: DkimKey, resolver: Pick<Resolver, 'txt'>): Promise<PublishedKey> {
  const name = dkimRecordName(key);
  try {
    const records = await resolver.txt(name);
    if (records.some((record) => isRecordOf(key, record))) return { state: 'published', words: 'It is published so.' };
    if (records.length === 0) return { state: 'absent', words: `Nothing is published at ${name}.` };
    return { state: 'different', words: `Something else is published at ${name}:\n${records.map(visible).join('\n')}` };
  } catch (error) {
    if (error instanceof DnsTemporary) return { state: 'unknown', words: `It can't be told now: ${error.message}.` };
    throw error;
  }
}
