import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewSpoolRow } from '../../core/delivery/spool.ts';
import type { AccountId, Address, ReversePath } from '../../core/values/address.ts';
import { inItems, inTransaction } from '../../platform/aws/spool/row-sizes.ts';

const rowFor = (count: number): NewSpoolRow => ({
  nextHop: { kind: 'local' },
  reversePath: 'ann@example.net' as ReversePath,
  declared: { eightBit: false, utf8: false },
  recipients: Array.from({ length: count }, (_, i) => {
    const address = `member.number.${i}@lists.example.org`;
    return { address: address as Address, account: address as AccountId };
  }),
});

describe('rows of a message for very many', () => {
  it('are several for one next hop, each of which fits into an item, with each recipient in one of them', () => {
    const row = rowFor(20_000);
    const rows = inItems([row]);
    assert.deepEqual(
      rows.flatMap(({ recipients }) => recipients),
      row.recipients,
    );
    for (const { recipients } of rows) assert.ok(JSON.stringify(recipients).length <= 100_000);
  });

  it('go into one transaction as far as it takes octets and items', () => {
    const large = inItems([rowFor(100_000)]);
    const octets = JSON.stringify(large.slice(0, inTransaction(large))).length;
    assert.ok(octets > 2_000_000 && octets < 4_000_000, `${octets} octets`);
    assert.equal(inTransaction(Array.from({ length: 150 }, () => rowFor(1))), 100);
    assert.equal(inTransaction([rowFor(1)]), 1);
  });
});
