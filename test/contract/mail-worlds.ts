import type { TestContext } from 'node:test';
import { makeMailPlace } from '../aws/mail-place.ts';
import { endpoint, noEndpoint } from '../aws/slot-tables.ts';
import { type Place, worlds } from './worlds.ts';

export interface MailWorldOfTests {
  readonly name: string;
  readonly skip: string | false;
  /** Spool and mailboxes are one store, so that a message can be accepted and delivered in one step. */
  readonly isOneStore: boolean;
  place(t: TestContext): Promise<Place>;
}

/** The worlds that the contracts of all that has to do with mailboxes are run over. */
export const mailWorlds: readonly MailWorldOfTests[] = [
  ...worlds.map((world) => ({ ...world, isOneStore: true })),
  { name: 'aws', skip: noEndpoint, isOneStore: false, place: awsPlace },
];

async function awsPlace(t: TestContext): Promise<Place> {
  const { open, remove } = await makeMailPlace(endpoint ?? '');
  t.after(remove);
  return { open };
}
