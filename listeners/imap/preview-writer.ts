import type { MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../../core/mailbox/message-bodies.ts';
import { mostLooked, previewPart, previewText } from '../../core/message/preview.ts';
import { formatNstring } from './wire/format-string.ts';

/**
 * PREVIEW (RFC 8970): as it was made when the message came, or made now of the first octets of its text.
 * @param lazy the client would rather have none than wait for it
 */
export async function formatPreview(lazy: boolean, record: MessageRecord, bodies: Pick<MessageBodies, 'read'>): Promise<string> {
  const preview = record.facts.preview ?? (lazy ? undefined : await madeNow(record, bodies));
  return `PREVIEW ${formatNstring(preview === undefined ? undefined : Buffer.from(preview, 'utf8').toString('latin1'))}`;
}

async function madeNow({ body, facts }: MessageRecord, bodies: Pick<MessageBodies, 'read'>): Promise<string | undefined> {
  const part = previewPart(facts.structure);
  if (part === undefined) return '';
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of bodies.read(body, part.bodyStart, Math.min(part.bodyEnd, part.bodyStart + mostLooked))) chunks.push(chunk);
  } catch (error) {
    if (error instanceof BodyMissing) return undefined;
    throw error;
  }
  return previewText(part, Buffer.concat(chunks));
}
