import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { NewSpoolRow, NextHop, OutboundSpool, SpoolRow } from '../../core/delivery/spool.ts';
import type { Address } from '../../core/values/address.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import type { World } from '../../core/world.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { endpoint, noEndpoint } from '../aws/slot-tables.ts';
import { makeSpoolPlace } from '../aws/spool-table.ts';
import { alice, letter, stage, worlds } from './worlds.ts';

/** What the contract of the spool needs; mailboxes need not be in the same store. */
export type SpoolWorld = Pick<World, 'bodies' | 'newId'> & { readonly spool: OutboundSpool };

export interface SpoolPlace {
  open(): Promise<SpoolWorld>;
}

export const spoolWorlds: readonly { readonly name: string; readonly skip: string | false; place(t: TestContext): Promise<SpoolPlace> }[] =
  [...worlds, { name: 'dynamodb', skip: noEndpoint, place: dynamoPlace }];

async function dynamoPlace(t: TestContext): Promise<SpoolPlace> {
  const { spool, bodies, remove } = await makeSpoolPlace(endpoint ?? '');
  t.after(remove);
  return { open: async () => ({ spool, bodies, newId: systemNewId() }) };
}

export const us = 'us' as HolderId;
export const them = 'them' as HolderId;
export const local: NextHop = { kind: 'local' };
export const remote: NextHop = { kind: 'domain', domain: 'example.net' };
export const to = (address: string) => ({ address: address as Address });
export const rowFor = (nextHop: NextHop): NewSpoolRow => ({
  nextHop,
  reversePath: 'alice@example.org' as Address,
  recipients: [to('x@example.net'), to('y@example.net')],
  declared: { eightBit: true, utf8: false },
  submittedBy: alice,
});
export async function spooled(world: SpoolWorld, hops: readonly NextHop[], at = 1000): Promise<readonly [SpoolRow, ...SpoolRow[]]> {
  const rows = await world.spool.add(world.newId() as SpoolId, await stage(world, letter('out')), hops.map(rowFor), at);
  assert.ok(rows[0]);
  return [rows[0], ...rows.slice(1)];
}
