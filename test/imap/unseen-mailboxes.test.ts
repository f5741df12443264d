import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Identifier, parseIdentifier } from '../../core/accounts/acl.ts';
import { anonymousAccount, publicOwner } from '../../core/accounts/principal.ts';
import { parseRights } from '../../core/accounts/rights.ts';
import type { AccountId } from '../../core/values/address.ts';
import { accountNamed, type Edge, openEdge } from '../harness/edge.ts';

/** Of one length, so that what is told of them differs in nothing else. */
const there = 'Hidden';
const missing = 'Absent';

interface Case {
  readonly who: 'karen' | 'bob' | 'anonymous';
  readonly owner: AccountId;
  /** Where the two would stand. */
  readonly above: '' | 'Team/';
  /** Rights of that one in what is above, which is seen. */
  readonly aboveRights: string;
  /** Whatever is given: nothing lets it be looked up. */
  readonly entries: readonly (readonly [who: string, rights: string])[];
  readonly hasChild: boolean;
  readonly fakes: boolean;
  readonly selected: boolean;
  readonly commands: readonly string[];
}

const names = [
  'SELECT #',
  'EXAMINE #',
  'SELECT # (CONDSTORE)',
  'STATUS # (MESSAGES UIDNEXT UIDVALIDITY)',
  'LIST "" #',
  'LIST "" #/%',
  'LIST "" "#users/*"',
  'LIST "" "#public/*"',
  'LIST "" *',
  'LSUB "" *',
  'SUBSCRIBE #',
  'UNSUBSCRIBE #',
  'CREATE #/below',
  'DELETE #',
  'RENAME # #2',
  'RENAME # Mine',
  'RENAME Archive #',
  'RENAME Archive #/below',
  'APPEND # {5+}\r\nhello',
  'APPEND # (\\Seen) {5+}\r\nhello',
  'MYRIGHTS #',
  'GETACL #',
  'SETACL # bob@example.org lr',
  'DELETEACL # bob@example.org',
  'LISTRIGHTS # bob@example.org',
  'GETMETADATA # /shared/comment',
  'GETMETADATA (DEPTH infinity) # (/private /shared)',
  'SETMETADATA # (/private/comment "mine")',
  'SETMETADATA # (/shared/comment NIL)',
  'NOTIFY SET STATUS (mailboxes # (MessageNew MessageExpunge FlagChange MailboxMetadataChange)) (subtree # (MailboxName SubscriptionChange))',
  'GETQUOTAROOT #',
  'LIST (SUBSCRIBED) "" * RETURN (CHILDREN STATUS (MESSAGES))',
  'LIST (RECURSIVEMATCH SUBSCRIBED) "" % RETURN (SUBSCRIBED)',
  'LIST (SPECIAL-USE) "" (# "#users/*") RETURN (METADATA (/shared/comment))',
  'CREATE #/below (USE (\\Junk))',
  'APPEND INBOX CATENATE (URL "/~/;UID=1")',
  'ENABLE IMAP4rev2',
  'NAMESPACE',
  'NOOP',
];
const inMailbox = ['COPY 1 #', 'UID COPY 1:* #', 'MOVE 1 #', 'UID MOVE 1 #', 'REPLACE 1 # {5+}\r\nhello', 'FETCH 1 FLAGS', 'CLOSE'];

const cases: fc.Arbitrary<Case> = fc.record({
  who: fc.constantFrom('karen' as const, 'bob' as const, 'anonymous' as const),
  owner: fc.constantFrom(accountNamed('alice'), publicOwner),
  above: fc.constantFrom('' as const, 'Team/' as const),
  aboveRights: fc.constantFrom('', 'lr', 'lrswitea'),
  entries: fc.array(
    fc.oneof(
      fc.tuple(
        fc.constantFrom('karen@example.org', 'bob@example.org', 'anyone', 'anonymous'),
        fc.constantFrom('rswi', 'kxtea', 'rswipkxtea'),
      ),
      fc.tuple(fc.constant('-anyone'), fc.constant('l')),
    ),
    { maxLength: 3 },
  ),
  hasChild: fc.boolean(),
  fakes: fc.boolean(),
  selected: fc.boolean(),
  commands: fc.array(fc.constantFrom(...names, ...inMailbox), { minLength: 1, maxLength: 10 }),
});

const give = async ({ world }: Edge, owner: AccountId, name: string, who: string, rights: string): Promise<void> => {
  const identifier = parseIdentifier(who) as Identifier;
  const change = { how: 'replace', rights: parseRights(rights) ?? new Set() } as const;
  assert.equal(await world.mailboxes.changeRights(owner, name, identifier, change), 'done');
};

async function arrange(edge: Edge, { owner, above, aboveRights, entries, hasChild, who, fakes }: Case): Promise<void> {
  await edge.reset();
  for (const name of ['alice', 'karen', 'bob']) await edge.addAccount(name);
  await edge.set('imap/login-anonymous', 'on');
  if (fakes) await edge.set('imap/fake-inaccessible-mailboxes', 'on');
  const { mailboxes } = edge.world;
  await mailboxes.create(owner, above + there);
  for (const one of [...entries]) await give(edge, owner, above + there, ...one);
  if (above !== '' && aboveRights !== '') {
    await give(edge, owner, 'Team', who === 'anonymous' ? who : accountNamed(who), aboveRights);
  }
  if (hasChild) {
    await mailboxes.create(owner, `${above}${there}/below`);
    for (const one of (await mailboxes.find(owner, `${above}${there}/below`))?.acl?.keys() ?? []) {
      await give(edge, owner, `${above}${there}/below`, one, '');
    }
  }
  await edge.deliver('karen', Buffer.from('Subject: one\r\n\r\nHello\r\n'));
  await edge.deliver('bob', Buffer.from('Subject: one\r\n\r\nHello\r\n'));
}

/** All that is said to somebody who plays the commands with one of the names, with that name taken out. */
async function played(edge: Edge, one: Case, name: string): Promise<readonly string[]> {
  const { who, owner, above, selected, commands } = one;
  const seen = `${owner === publicOwner ? '#public' : `#users/${owner}`}/${above}${name}`;
  const inUrl = seen.replace('#', '%23');
  const client = await edge.client('imap');
  await client.line();
  const told: string[] = [];
  const login = who === 'anonymous' ? anonymousAccount : accountNamed(who);
  for (const [i, command] of [`LOGIN ${login} secret`, ...(selected ? ['SELECT INBOX'] : []), ...commands].entries()) {
    client.send(`t${i} ${command.replace(/#(?![up])/g, () => seen).replace('~', () => inUrl)}`);
    for (let line = await client.line(); line !== undefined; line = await client.line()) {
      told.push(
        line
          .replaceAll(seen, '#')
          .replaceAll(inUrl, '~')
          .replace(/(UIDVALIDITY|APPENDUID|COPYUID) \d+|(MAILBOXID) \(\w+\)/g, '$1$2'),
      );
      if (line.startsWith(`t${i} `)) break;
    }
  }
  client.close();
  return told;
}

describe('a mailbox that somebody may not look up', () => {
  let edge: Edge;
  before(async () => {
    edge = await openEdge({ accounts: {} });
  });
  after(() => edge?.stop());

  it('answers every command as one that is not there does, to whoever asks, and nothing becomes of it', async () => {
    const property = fc.asyncProperty(cases, async (one) => {
      await arrange(edge, one);
      const { mailboxes } = edge.world;
      const ofMissing = await played(edge, one, missing);
      // With the same mailboxes and subscriptions of their own before them.
      await arrange(edge, one);
      const listed = JSON.stringify((await mailboxes.list(one.owner)).map(({ name, mailbox }) => [name, [...(mailbox?.acl ?? [])]]));
      const ofHidden = await played(edge, one, there);
      assert.deepEqual(ofHidden, ofMissing);
      const after = JSON.stringify((await mailboxes.list(one.owner)).map(({ name, mailbox }) => [name, [...(mailbox?.acl ?? [])]]));
      assert.equal(after, listed, 'the mailbox is as it was');
      assert.deepEqual(edge.failures, []);
    });
    await fc.assert(property, { numRuns: Number(process.env.UNSEEN_RUNS ?? 30) });
  });
});
