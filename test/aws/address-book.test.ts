import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountId, Address } from '../../core/values/address.ts';
import { makeAddressTable } from './address-table.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

const at = (text: string): Address => text as Address;
const account = (text: string): AccountId => text as AccountId;

describe('the addresses of a stage on DynamoDB', { skip: noEndpoint }, () => {
  it("lead where accounts and aliases of aliases do, with detail and in any letter case, and say what is nobody's and what is not ours", async (t) => {
    const { book, addAccount, addAlias, remove } = await makeAddressTable(endpoint ?? '');
    t.after(remove);
    const whereTo = async (address: string): Promise<string> => {
      const destination = await book.resolve(at(address));
      return destination.kind === 'local' ? [...destination.accounts, ...destination.forwards].toSorted().join(' ') : destination.kind;
    };
    assert.equal(await whereTo('postmaster'), 'unknown');
    assert.equal(await addAccount(account('bob@example.org')), true);
    assert.equal(await addAccount(account('alice@example.org')), true);
    assert.equal(await addAccount(account('alice@example.org')), false);
    assert.equal(await addAlias({ address: at('Team@example.com'), targets: [at('alice@example.org'), at('office@example.com')] }), true);
    assert.equal(await addAlias({ address: at('office@example.com'), targets: [at('bob@example.org'), at('eve@example.net')] }), true);
    assert.equal(await addAlias({ address: at('TEAM@example.com'), targets: [at('bob@example.org')] }), false);
    assert.equal(await whereTo('ALICE+news@example.org'), 'alice@example.org');
    assert.equal(await whereTo('team@example.com'), 'alice@example.org bob@example.org eve@example.net');
    assert.equal(await whereTo('nobody@example.org'), 'unknown');
    assert.equal(await whereTo('alice@example.net'), 'remote');
    assert.equal(await whereTo('Postmaster@example.com'), 'bob@example.org');
    assert.deepEqual(
      [
        await book.maySendAs(account('bob@example.org'), at('team@example.com')),
        await book.maySendAs(account('bob@example.org'), at('alice@example.org')),
      ],
      [true, false],
    );
  });
});
