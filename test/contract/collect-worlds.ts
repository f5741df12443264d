import type { TestContext } from 'node:test';
import type { World } from '../../core/world.ts';
import { makeCollectTable } from '../aws/collect-table.ts';
import { endpoint, noEndpoint } from '../aws/slot-tables.ts';
import { alice, inboxOf, worlds } from './worlds.ts';

/** One store of sources, looked at through as many processes as a test opens. alice has an account, bob has none. */
export interface CollectPlace {
  open(): Promise<Pick<World, 'collectSources'>>;
}

export const collectWorlds: readonly {
  readonly name: string;
  readonly skip: string | false;
  place(t: TestContext): Promise<CollectPlace>;
}[] = [
  ...worlds.map(({ name, skip, place }) => ({
    name,
    skip,
    place: async (t: TestContext) => {
      const here = await place(t);
      await inboxOf(await here.open(), alice);
      return here;
    },
  })),
  { name: 'dynamodb', skip: noEndpoint, place: dynamoPlace },
];

async function dynamoPlace(t: TestContext): Promise<CollectPlace> {
  const { open, remove } = await makeCollectTable(endpoint ?? '', [alice]);
  t.after(remove);
  return { open: async () => ({ collectSources: open() }) };
}
