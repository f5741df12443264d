import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Acl,
  type AclChange,
  aclTold,
  changedAcl,
  emptyAcl,
  type Identifier,
  maxAclEntries,
  mentionedIn,
  parseIdentifier,
  rightsOf,
} from '../../core/accounts/acl.ts';
import { aclOf, aclText } from '../../core/accounts/acl-text.ts';
import { anonymousAccount, publicOwner } from '../../core/accounts/principal.ts';
import { formatRights, parseRights, rightsTold, standardRights } from '../../core/accounts/rights.ts';
import type { AccountId } from '../../core/values/address.ts';

const alice = 'alice@example.org' as AccountId;
const karen = 'karen@example.org' as AccountId;
const letters = fc.subarray([...standardRights]).map((some) => some.join(''));
const identifier = fc.constantFrom(
  ...['alice@example.org', 'karen@example.org', 'anyone', 'anonymous'].flatMap((one) => [one, `-${one}`]),
) as fc.Arbitrary<Identifier>;
const acls: fc.Arbitrary<Acl> = fc.array(fc.tuple(identifier, letters)).map((entries) => new Map(entries));
const told = (account: AccountId, owner: AccountId, acl: Acl): string => formatRights(rightsOf(account, { account: owner, acl }));

describe('rights', () => {
  it('are read as they are written, in one order, and nothing else is a right', () => {
    assert.equal(formatRights(parseRights('aertlwl') ?? assert.fail()), 'lrwtea');
    assert.equal(formatRights(parseRights('lrcd') ?? assert.fail()), 'lrkxte');
    assert.equal(rightsTold(parseRights('lke') ?? assert.fail()), 'lkecd');
    for (const none of ['L', 'lr0', 'lrq', 'l r', 'é']) assert.equal(parseRights(none), undefined, none);
    fc.assert(fc.property(letters, (some) => formatRights(parseRights(some) ?? assert.fail()) === some));
  });

  it('are named by addresses in any case, anyone and anonymous, with or without a minus', () => {
    assert.equal(parseIdentifier('Karen@Example.ORG'), karen);
    assert.equal(parseIdentifier('-ANYONE'), '-anyone');
    for (const nobody of ['', '-', '--anyone', 'karen', '$team', 'a b@example.org', 'anyone@'])
      assert.equal(parseIdentifier(nobody), undefined, nobody);
  });

  it('of an owner are all without an entry, and never less than to look and to give them back', () => {
    assert.equal(told(alice, alice, emptyAcl), 'lrswipkxtea');
    fc.assert(fc.property(acls, (acl) => ['l', 'a'].every((right) => told(alice, alice, acl).includes(right))));
  });

  it('of who is anonymous are to look and read at most', () => {
    fc.assert(fc.property(acls, (acl) => /^l?r?$/.test(told(anonymousAccount, publicOwner, acl))));
  });

  it('that are taken from somebody are given to nobody, whatever address looks like the entry', () => {
    const minusKaren = '-karen@example.org' as AccountId;
    const acl = new Map([['-karen@example.org' as Identifier, 'lrswi']]);
    assert.equal(told(minusKaren, alice, acl), '');
    assert.equal(told(minusKaren, alice, new Map([...acl, ['anyone' as Identifier, 'lr']])), 'lr');
  });

  it('are what is given by any entry that applies, less what any takes away', () => {
    const acl = new Map([
      [karen, 'lr'],
      ['anyone', 'ls'],
      ['-karen@example.org', 's'],
      ['anonymous', 'lrx'],
    ]) as unknown as Acl;
    assert.equal(told(karen, alice, acl), 'lr');
    assert.equal(told('bob@example.org' as AccountId, alice, acl), 'ls');
    assert.equal(
      told(
        karen,
        alice,
        new Map([
          ['-anyone', 'r'],
          [karen, 'lr'],
        ]) as unknown as Acl,
      ),
      'l',
    );
  });

  it('change one entry at a time, and come back from the store as they were', () => {
    const change = fc.record({
      how: fc.constantFrom('replace', 'add', 'remove'),
      rights: letters.map((some) => parseRights(some) ?? new Set()),
    });
    fc.assert(
      fc.property(acls, identifier, change as fc.Arbitrary<AclChange>, (acl, whom, wanted) => {
        const changed = changedAcl(acl, alice, whom, wanted);
        assert.ok(changed !== 'too-many');
        for (const [one, some] of acl) if (one !== whom) assert.equal(changed.get(one), some);
        assert.deepEqual([...(aclOf(aclText(changed)) ?? emptyAcl)], [...changed]);
        if (wanted.how === 'replace' && whom !== (alice as string)) assert.equal(changed.get(whom) ?? '', formatRights(wanted.rights));
        assert.ok(!mentionedIn(changed, alice).has(alice as string as Identifier));
      }),
    );
  });

  it('are given to so many and no more', () => {
    const full: Acl = new Map(Array.from({ length: maxAclEntries }, (_, i) => [`friend-${i}@example.org` as Identifier, 'lr']));
    assert.equal(changedAcl(full, alice, karen as string as Identifier, { how: 'add', rights: parseRights('l') ?? new Set() }), 'too-many');
  });

  it('are told with the owner first, who is nobody where all are public', () => {
    assert.deepEqual(
      aclTold({ account: alice }).map(([one, rights]) => `${one} ${formatRights(rights)}`),
      ['alice@example.org lrswipkxtea'],
    );
    assert.deepEqual(aclTold({ account: publicOwner }), []);
  });
});
