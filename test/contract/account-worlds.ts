import type { TestContext } from 'node:test';
import type { World } from '../../core/world.ts';
import type { MailboxNames } from '../../platform/aws/mailboxes/mailbox-store.ts';
import { makeAccountTables } from '../aws/account-tables.ts';
import { endpoint, noEndpoint } from '../aws/slot-tables.ts';
import { worlds } from './worlds.ts';

/** What the contract of accounts and names needs: no messages. */
export type AccountWorld = Pick<World, 'accounts' | 'loginFailures' | 'loginTimes'> & { readonly mailboxes: MailboxNames };

export interface AccountPlace {
  open(): Promise<AccountWorld>;
}

export const accountWorlds: readonly {
  readonly name: string;
  readonly skip: string | false;
  place(t: TestContext): Promise<AccountPlace>;
}[] = [...worlds, { name: 'dynamodb', skip: noEndpoint, place: dynamoPlace }];

async function dynamoPlace(t: TestContext): Promise<AccountPlace> {
  const { open, remove } = await makeAccountTables(endpoint ?? '');
  t.after(remove);
  return { open: async () => open() };
}
