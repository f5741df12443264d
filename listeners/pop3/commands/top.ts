import type { Handler } from '../context.ts';
import { openMessage } from '../message-octets.ts';
import { err } from '../reply.ts';
import { TopCut } from '../wire/top-cut.ts';

/** TOP: header and first lines. A look, so it does not make the message \Seen. */
export const top: Handler<'TOP'> = async (command, state, context) => {
  const opened = await openMessage(command.message, state, context);
  if ('fault' in opened) return [state, err(opened.fault)];
  return [state, { status: '+OK Top of message follows', octets: cut(opened.octets, command.lines) }];
};

async function* cut(octets: AsyncIterable<Uint8Array>, lines: number): AsyncGenerator<Uint8Array> {
  const cutter = new TopCut(lines);
  for await (const chunk of octets) {
    yield cutter.write(chunk);
    if (cutter.done) return;
  }
}
