import assert from 'node:assert/strict';
import { type Answer, decode, encode } from 'dns-packet';
import type { DnsRecord, RecordData } from '../../core/setup/dns-record.ts';

/** A line of a zone file as a name server would read it (RFC 1035 section 5.1). */
export interface ZoneRow {
  readonly name: string;
  readonly ttl: number;
  readonly type: string;
  /** Names without their last dot, the strings of a TXT record apart. */
  readonly data: readonly string[];
}

/** @throws for what is neither a comment nor a whole record */
export function readZone(text: string): readonly ZoneRow[] {
  return text.split('\n').flatMap((line) => (/^(;|$)/.test(line) ? [] : [readRow(line)]));
}

function readRow(line: string): ZoneRow {
  const [, name, ttl, type = '', rest = ''] = /^(\S+)\. (\d+) IN (MX|TXT|SRV|CNAME) (.+)$/.exec(line) ?? assert.fail(`no record: ${line}`);
  return { name: name ?? '', ttl: Number(ttl), type, data: type === 'TXT' ? strings(rest) : rest.split(' ').map(withoutDot) };
}

function strings(text: string): readonly string[] {
  assert.match(text, /^"(?:[^"\\]|\\.)*"(?: "(?:[^"\\]|\\.)*")*$/);
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) => quoted.replace(/\\(.)/g, '$1'));
}

const withoutDot = (name: string): string => (name === '.' || !name.endsWith('.') ? name : name.slice(0, -1));

/** A row on its way through a DNS answer: what a client gets. */
export function asAnswered({ name, ttl, type, data }: ZoneRow): { readonly name: string; readonly data: RecordData } {
  const packet = decode(encode({ type: 'response', id: 1, answers: [{ name, ttl, ...sent(type, data) } as Answer] }));
  const answer = packet.answers?.[0];
  assert.ok(answer !== undefined && 'data' in answer);
  return { name: answer.name, data: received(answer.type, answer.data) };
}

function sent(type: string, [first = '', ...others]: readonly string[]): object {
  const [second, third, target] = others;
  if (type === 'TXT') return { type, data: [first, ...others].map((text) => Buffer.from(text, 'latin1')) };
  if (type === 'CNAME') return { type, data: first };
  if (type === 'MX') return { type, data: { preference: Number(first), exchange: second } };
  return { type, data: { priority: Number(first), weight: Number(second), port: Number(third), target } };
}

function received(type: string, data: unknown): RecordData {
  if (type === 'TXT') return { type, text: (data as readonly Buffer[]).map((part) => part.toString('latin1')).join('') };
  if (type === 'CNAME') return { type, target: data as string };
  return { type, ...(data as object) } as RecordData;
}

export const plain = ({ name, data }: DnsRecord): { readonly name: string; readonly data: RecordData } => ({ name, data });
