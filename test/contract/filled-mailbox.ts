import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import type { Flag } from '../../core/values/flags.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import type { Uid } from '../../core/values/uid.ts';
import type { World } from '../../core/world.ts';
import { letter, stage } from './worlds.ts';

/** @returns the set of this message alone */
export const one = (uid: number): NumberSet => [{ from: uid, to: uid }];
/** Every UID there can be. */
export const all: NumberSet = [{ from: 1, to: 0xffff_ffff }];

/** Appends so many letters. */
export async function put(world: World, mailbox: Mailbox, count: number, flags: readonly Flag[] = []): Promise<readonly Uid[]> {
  const messages = [];
  for (let i = 0; i < count; i += 1) messages.push({ body: await stage(world, letter(`no. ${i}`)), prefix: '', flags, internalDate: 1000 });
  return (await world.mailboxes.append(mailbox.id, messages)).map(({ uid }) => uid);
}

/** Of the messages that are there, ascending. */
export const uidsIn = async (world: World, mailbox: Mailbox): Promise<readonly number[]> =>
  (await world.mailboxes.snapshot(mailbox.id)).rows.map(({ uid }) => uid);
