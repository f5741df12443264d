import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Mailbox } from '../../../core/mailbox/mailbox-store.ts';
import { alice } from '../open-imap.ts';
import { Actor, type Mishearing, type Speaks } from './actor.ts';
import type { Deed } from './deeds.ts';
import type { Processes } from './places.ts';
import { Turmoil } from './turmoil.ts';

/** Who is there; each one's process is the next. */
export const clients: readonly (readonly [name: string, speaks: Speaks])[] = [
  ['phone', 'QRESYNC'],
  ['laptop', 'plain'],
  ['tablet', 'CONDSTORE'],
  ['desktop', 'QRESYNC UIDONLY'],
];

let made = 0;

/** Plays a run in mailboxes of its own. @throws what was not as it has to be */
export async function playIn(
  { edges }: Processes,
  run: readonly (readonly Deed[])[],
  mishear: Mishearing = (lines) => lines,
): Promise<void> {
  const [first] = edges as [(typeof edges)[number]];
  const names = [`Box${++made}a`, `Box${made}b`];
  const boxes: Mailbox[] = [];
  for (const name of names) boxes.push((await first.world.mailboxes.create(alice, name)) as Mailbox);
  const actors = clients.map(([name, speaks], i) => {
    const edge = edges[i % edges.length] ?? first;
    return new Actor(name, speaks, () => edge.logIn(name), mishear);
  });
  const settled = async (): Promise<void> => {
    const open = (): number => edges.reduce((sum, edge) => sum + edge.openSessions(), 0);
    while (open() > actors.filter(({ isConnected }) => isConnected).length) await nextTurn();
  };
  try {
    await new Turmoil({ store: first.world.mailboxes, ids: boxes.map(({ id }) => id), names, actors, settled }).play(run);
  } finally {
    for (const actor of actors) actor.vanish();
    await settled();
  }
}
