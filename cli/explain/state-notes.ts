import { listenerSettings } from '../../core/settings/listeners.ts';
import { protocols } from '../../core/values/protocol.ts';
import { storeDownText } from '../store-state.ts';
import type { Snapshot } from './snapshot.ts';

/** What is true of the server, whoever asks. */
export function stateNotes({ down, now, held, rulings }: Snapshot): readonly string[] {
  const off = protocols.filter((protocol) => rulings.every(({ settings }) => !settings.get(listenerSettings[protocol].enabled)));
  return [
    ...storeDownText(down, now),
    ...(held.processes.length === 0 ? ['No process answers: what follows is what is stored.'] : []),
    ...held.processes
      .filter(({ mayAct }) => !mayAct)
      .map(({ process }) => `Process ${process} is fenced: it admits nobody and ends its sessions.`),
    ...(off.length === 0 ? [] : [`Switched off: ${off.join(', ')}.`]),
  ];
}
