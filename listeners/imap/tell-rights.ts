import { mayFlagHere } from './may-flag.ts';
import type { Responses } from './responses.ts';
import type { Selected } from './state.ts';

/** What a client may do in its mailbox has changed: it hears it as it heard it at the SELECT (RFC 4314 section 5.1.1). */
export async function tellRights(before: Selected, now: Selected, out: Responses): Promise<void> {
  if (words(before) === words(now)) return;
  for (const line of now.flags.lines(mayFlagHere(now))) await out.line(line);
  if (before.readOnly !== now.readOnly) await out.line(`* OK [${now.readOnly ? 'READ-ONLY' : 'READ-WRITE'}] Your rights have changed`);
}

const words = (state: Selected): string => JSON.stringify([mayFlagHere(state), state.readOnly]);
