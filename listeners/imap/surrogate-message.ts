import type { MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../../core/mailbox/message-bodies.ts';
import { cutOctets } from '../../core/message/binary-section.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { surrogate } from '../../core/message/surrogate.ts';
import { isAscii } from '../../core/values/ascii.ts';
import { type Agreed, namesAreUtf8 } from './wire/agreed.ts';
import type { FetchItem } from './wire/command.ts';

/** A message as a client is shown it. */
export interface Shown {
  readonly record: MessageRecord;
  readonly bodies: Pick<MessageBodies, 'read'>;
}

type Need = 'nothing' | 'header' | 'whole';

/**
 * A client that has not enabled UTF8=ACCEPT gets a surrogate of a message whose headers have UTF-8 (RFC 6855 section 7, RFC 6858): all that is told
 * of it, but its size, is told of that one. It is made anew each time, for such messages are few: of the header alone where that is enough.
 */
export async function shownTo(agreed: Agreed, items: readonly FetchItem[], record: MessageRecord, bodies: Shown['bodies']): Promise<Shown> {
  const need = namesAreUtf8(agreed) ? 'nothing' : neededFor(items);
  if (need === 'nothing' || (record.facts.rawHeaders !== true && isAscii(record.prefix))) return { record, bodies };
  const { structure, size } = record.facts;
  const end = need === 'header' ? structure.bodyStart : size;
  const octets = (): AsyncIterable<Uint8Array> => surrogate(asStored(record, bodies, end), structure, record.prefix.length);
  try {
    const scan = messageFacts();
    for await (const chunk of octets()) scan.write(chunk);
    const facts = scan.end();
    return { record: { ...record, prefix: '', facts }, bodies: { read: (_, from, to) => cutOctets(octets(), from, to - from) } };
  } catch (error) {
    if (error instanceof BodyMissing) return { record, bodies };
    throw error;
  }
}

function neededFor(items: readonly FetchItem[]): Need {
  let need: Need = 'nothing';
  for (const one of items) {
    const { item } = one;
    if (item === 'BODY' || item === 'BODYSTRUCTURE' || item === 'BINARY' || item === 'BINARY.SIZE') return 'whole';
    if (item === 'SECTION' && (one.section.path.length > 0 || !one.section.text.startsWith('HEADER'))) return 'whole';
    if (item === 'SECTION' || item === 'ENVELOPE') need = 'header';
  }
  return need;
}

async function* asStored({ prefix, body }: MessageRecord, bodies: Shown['bodies'], end: number): AsyncGenerator<Uint8Array> {
  if (prefix !== '') yield Buffer.from(prefix, 'latin1');
  if (end > 0) yield* bodies.read(body, 0, end);
}
