import type { ImapState } from './state.ts';
import type { Command } from './wire/command.ts';

/** What a session is doing, as `mailweir sessions` shows it: `FETCH INBOX`. */
export function commandInWords(command: Command, state: ImapState): string {
  const name = 'mailbox' in command ? command.mailbox : state.at === 'selected' ? state.mailbox.name : undefined;
  return name === undefined ? command.verb : `${command.verb} ${name}`;
}

/** The same between two commands. */
export const restInWords = (state: ImapState): string => (state.at === 'selected' ? `in ${state.mailbox.name}` : state.at);
