import type { MessageBodies } from '../../mailbox/message-bodies.ts';
import { BodyMissing } from '../../mailbox/message-bodies.ts';
import { quotedPrintable } from '../../message/quoted-printable.ts';
import type { SpoolRow } from '../spool.ts';
import type { ReportKind } from './report.ts';

/** What a report gives back of the message it is about. */
export interface Returned {
  readonly type: 'message/rfc822' | 'message/global' | 'text/rfc822-headers' | 'message/global-headers';
  readonly encoding: '7bit' | '8bit' | 'quoted-printable';
  readonly isWhole: boolean;
  read(): AsyncIterable<Uint8Array>;
}

/** A message is given back whole up to these sizes, in octets: one that the sender asked to have back, and one of a sender who said nothing. */
export const mostAsked = 10 * 1024 * 1024;
export const mostUnasked = 64 * 1024;
const mostHeader = 64 * 1024;
const longestLine = 998; // RFC 5322 section 2.1.1

/**
 * Whole messages are for failures only (RFC 3461 section 4.3); else, and for those that are large, the header.
 * @returns undefined when the message is gone: the report goes without it
 */
export async function returnedMessage(kind: ReportKind, row: SpoolRow, bodies: MessageBodies): Promise<Returned | undefined> {
  try {
    return isWhole(kind, row) ? await wholeMessage(row, bodies) : await headerOnly(row, bodies);
  } catch (error) {
    if (error instanceof BodyMissing) return undefined;
    throw error;
  }
}

function isWhole(kind: ReportKind, { reports, facts, requireTls }: SpoolRow): boolean {
  // RFC 8689 section 5: whatever RET says, no more than the header of a message that was to travel under TLS alone.
  if (kind !== 'failed' || reports?.return === 'headers' || requireTls === true) return false;
  return facts.size <= (reports?.return === 'full' ? mostAsked : mostUnasked);
}

async function wholeMessage({ body, facts, declared }: SpoolRow, bodies: MessageBodies): Promise<Returned> {
  const read = (): AsyncIterable<Uint8Array> => bodies.read(body, 0, facts.size);
  const { bodyStart } = facts.structure;
  let headerIsAscii = true;
  let isAscii = true;
  let at = 0;
  for await (const chunk of read()) {
    if (isEightBit(chunk.subarray(0, Math.max(0, bodyStart - at)))) headerIsAscii = false;
    if (isEightBit(chunk)) isAscii = false;
    at += chunk.length;
  }
  const international = declared.utf8 && !headerIsAscii;
  return { type: international ? 'message/global' : 'message/rfc822', encoding: isAscii ? '7bit' : '8bit', isWhole: true, read };
}

async function headerOnly({ body, facts, declared }: SpoolRow, bodies: MessageBodies): Promise<Returned> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodies.read(body, 0, Math.min(facts.structure.bodyStart, mostHeader))) chunks.push(chunk);
  const header = wholeLines(Buffer.concat(chunks));
  const isAscii = !isEightBit(header);
  const type = declared.utf8 && !isAscii ? 'message/global-headers' : 'text/rfc822-headers';
  if (isAscii && !header.includes(0) && !hasLongLine(header)) return { type, encoding: '7bit', isWhole: false, read: () => pieces(header) };
  const encoded = Buffer.from(quotedPrintable(header)); // RFC 6522 section 4 allows it for headers that are not as they should be
  return { type, encoding: 'quoted-printable', isWhole: false, read: () => pieces(encoded) };
}

const isEightBit = (octets: Uint8Array): boolean => octets.some((octet) => octet > 0x7f);

/** Without the blank line, and without a line that was cut. */
function wholeLines(octets: Buffer): Buffer {
  const end = octets.lastIndexOf('\r\n');
  const lines = end < 0 ? Buffer.concat([octets, Buffer.from('\r\n')]) : octets.subarray(0, end + 2);
  return lines.subarray(-4).toString('latin1') === '\r\n\r\n' ? lines.subarray(0, -2) : lines;
}

function hasLongLine(octets: Buffer): boolean {
  let from = 0;
  for (let end = octets.indexOf('\r\n'); end >= 0; end = octets.indexOf('\r\n', from)) {
    if (end - from > longestLine) return true;
    from = end + 2;
  }
  return octets.length - from > longestLine;
}

async function* pieces(octets: Buffer): AsyncGenerator<Uint8Array> {
  yield octets;
}
