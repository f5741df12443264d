import type { Answer, ImapPorts } from './answer.ts';
import { announcedBy } from './appending/append-stream.ts';
import { literalTimeout, skipLiterals } from './literals.ts';
import type { ImapState } from './state.ts';
import type { Command } from './wire/command.ts';

/** Answers a command that is not run: a message that comes with it all the same is passed over. When that is too much, the session ends. */
export async function refuseCommand(
  command: Command,
  state: ImapState,
  reply: string,
  { connection }: Pick<ImapPorts, 'connection'>,
): Promise<Answer> {
  const readable = !('line' in command) || (await skipLiterals(connection, announcedBy(command.line), literalTimeout));
  return { state: readable ? state : { at: 'logout' }, reply };
}
