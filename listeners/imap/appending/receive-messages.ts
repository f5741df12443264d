import type { NewMessage } from '../../../core/mailbox/mailbox-store.ts';
import type { StagedBody } from '../../../core/mailbox/message-bodies.ts';
import { StrayBinary, withoutBinary } from '../../../core/message/without-binary.ts';
import type { ImapPorts } from '../answer.ts';
import type { Authenticated, Selected } from '../state.ts';
import { AppendRefused, type AppendStream } from './append-stream.ts';
import { FitOctets } from './fit-octets.ts';
import { MessageSource, type Room, withinRoom } from './message-source.ts';

/** Messages of one command. Their facts are held until all are there. */
export const mostMessages = 100;

type Ports = Pick<ImapPorts, 'mailboxes' | 'bodies' | 'clock' | 'settings'>;

/**
 * Stages the messages of a command, one by one.
 * @param most messages that it may have
 * @throws AppendRefused, LiteralUnfinished, what staging throws; then nothing stays staged
 */
export async function receiveMessages(
  stream: AppendStream,
  most: number,
  room: Room,
  state: Authenticated | Selected,
  ports: Ports,
): Promise<readonly NewMessage[]> {
  const messages: (NewMessage & { readonly body: StagedBody })[] = [];
  try {
    for (let piece = await stream.next(); piece !== undefined; piece = await stream.next()) {
      if (piece.piece !== 'message') throw new Error(`a message was expected, not ${piece.piece}`);
      if (messages.length === most)
        throw new AppendRefused(
          `NO [${1 < most && most < mostMessages ? `MESSAGELIMIT ${most}` : 'LIMIT'}] ${most === 1 ? 'One message' : `${most} messages`} at a time, please`,
        );
      const body = await stagedFrom(new MessageSource(stream, room, state, ports), room, ports);
      messages.push({ body, prefix: '', flags: piece.flags, internalDate: piece.internalDate ?? ports.clock.now() });
    }
    return messages;
  } catch (error) {
    for (const { body } of messages) await ports.bodies.discard(body);
    throw error;
  }
}

async function stagedFrom(source: MessageSource, room: Room, { bodies }: Ports): Promise<StagedBody> {
  const staged = await bodies.stage(source.octets());
  if (!source.isBinary) return staged;
  try {
    const whole = bodies.read(staged.id, 0, staged.facts.size);
    return await bodies.stage(withinRoom(fitted(withoutBinary(whole, staged.facts.structure)), { octets: 0 }, room));
  } catch (error) {
    if (error instanceof StrayBinary) throw new AppendRefused('NO [UNKNOWN-CTE] Only a part whose encoding is binary may have NUL octets');
    throw error;
  } finally {
    await bodies.discard(staged);
  }
}

async function* fitted(octets: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const fit = new FitOctets();
  for await (const chunk of octets) yield fit.fit(chunk);
}
