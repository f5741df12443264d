import assert from 'node:assert/strict';
import { parseIdentifier } from '../../core/accounts/acl.ts';
import { noRights, parseRights } from '../../core/accounts/rights.ts';
import { hasFlag, parseFlag } from '../../core/values/flags.ts';
import { type Protocol, protocols } from '../../core/values/protocol.ts';
import type { Client } from './client.ts';
import { accountNamed, defaultPassword, type Edge, until } from './edge.ts';
import { mail } from './mail.ts';
import type { Deed } from './script.ts';

/** What deeds work on. */
export interface Deeds {
  readonly edge: Edge;
  /** How it will connect; to be settled before its first line. */
  actor(name: string): { protocol: Protocol; tls: boolean; from: string };
  /** Connects at the first call. */
  client(name: string): Promise<Client>;
  /** The next line connects anew. */
  forget(name: string): void;
}

type Do = (deeds: Deeds, words: Readonly<Record<string, string>>, text: readonly string[]) => unknown;

/** Does what a line says. @throws when no sentence fits */
export async function doDeed(deed: Deed, deeds: Deeds): Promise<void> {
  for (const [sentence, run] of sentences) {
    const match = sentence.exec(deed.words);
    if (match === null) continue;
    await run(deeds, match.groups ?? {}, deed.text);
    return;
  }
  throw new Error(`nobody knows how to do this: ${deed.words}`);
}

const messageFrom = (text: readonly string[], subject: string): Buffer =>
  text.length === 0 ? mail({ subject }) : Buffer.from(text.map((line) => `${line}\r\n`).join(''));

/** Every sentence that scripts may use. */
const sentences: readonly (readonly [RegExp, Do])[] = [
  [
    /^given account (?<name>\S+)(?: with password (?<password>.+))?$/,
    async ({ edge }, { name = '', password }) => {
      const known = await edge.world.accounts.find(accountNamed(name)); // alice is always there
      if (known === undefined) await edge.addAccount(name, password);
      else if (password !== undefined) await edge.setPassword(name, password);
    },
  ],
  [/^given alias (?<name>\S+) to (?<targets>.+)$/, ({ edge }, { name = '', targets = '' }) => edge.addAlias(name, targets.split(', '))],
  [/^(?:given )?setting (?<name>\S+) is (?<value>.+)$/, ({ edge }, { name = '', value }) => edge.set(name, value)],
  [
    /^given mailbox (?<mailbox>.+) of (?<name>\S+) with (?<count>\d+) messages?$/,
    async ({ edge }, { mailbox = '', name = '', count }) => {
      await edge.mailbox(name, mailbox);
      for (let i = 1; i <= Number(count); i++) await edge.deliver(name, mail({ subject: `Message ${i}` }), { mailbox });
    },
  ],
  [
    /^(?:given )?rights of (?<who>\S+) in (?<mailbox>.+) of (?<name>\S+) are (?<rights>\S+)$/,
    async ({ edge }, { who = '', mailbox = '', name = '', rights = '' }) => {
      await edge.mailbox(name, mailbox);
      const identifier = parseIdentifier(/^-?any/.test(who) || who.startsWith('anon') ? who : accountNamed(who));
      assert.ok(identifier !== undefined, `${who} is nobody`);
      const given = rights === 'none' ? noRights : parseRights(rights);
      assert.ok(given !== undefined, `${rights} are no rights`);
      assert.equal(
        await edge.world.mailboxes.changeRights(accountNamed(name), mailbox, identifier, { how: 'replace', rights: given }),
        'done',
      );
    },
  ],
  [
    /^(?:given|a) message in (?<mailbox>.+) of (?<name>\S+)$/,
    ({ edge }, { mailbox = '', name = '' }, text) => edge.deliver(name, messageFrom(text, 'Hello'), { mailbox }),
  ],
  [/^a message to (?<name>\S+) arrives$/, ({ edge }, { name = '' }, text) => edge.deliver(name, messageFrom(text, 'Just arrived'))],
  [/^password of (?<name>\S+) becomes (?<password>.+)$/, ({ edge }, { name = '', password = '' }) => edge.setPassword(name, password)],
  [
    /^a (?<command>FETCH|SEARCH) of (?<name>\S+) runs elsewhere$/,
    ({ edge }, { command, name = '' }) => edge.runElsewhere(command === 'FETCH' ? 'fetch' : 'search', name),
  ],
  [/^account (?<name>\S+) is removed$/, ({ edge }, { name = '' }) => edge.world.accounts.remove(accountNamed(name))],
  [
    /^message (?<uid>\d+) of (?<name>\S+) is expunged$/,
    async ({ edge }, { uid, name = '' }) => {
      const { id } = await edge.mailbox(name);
      await edge.world.mailboxes.expunge(id, [{ from: Number(uid), to: Number(uid) }], true);
    },
  ],
  [
    /^(?<mailbox>\S+) of (?<name>\S+) has (?<count>\d+) messages?$/,
    async ({ edge }, { mailbox = '', name = '', count }) => {
      const { id } = await edge.mailbox(name, mailbox);
      await until(`${mailbox} to have ${count} messages`, async () => (await edge.world.mailboxes.status(id)).messages === Number(count));
    },
  ],
  [
    /^message (?<uid>\d+) of (?<name>\S+) is (?<not>not )?(?<flag>\\?\w+)$/,
    async ({ edge }, { uid, name = '', not, flag = '' }) => {
      const { rows } = await edge.world.mailboxes.snapshot((await edge.mailbox(name)).id);
      const wanted = parseFlag(flag);
      assert.ok(wanted !== undefined, `${flag} is no flag`);
      const row = rows.find((one) => one.uid === Number(uid));
      assert.equal(row !== undefined && hasFlag(row.flags, wanted), not === undefined, `flags are ${row?.flags.join(' ')}`);
    },
  ],
  [
    /^(?<who>[a-z]+) speaks (?<protocol>\w+)(?<tls> with tls)?$/,
    (deeds, { who = '', protocol, tls }) => {
      const known = protocols.find((one) => one === protocol);
      assert.ok(known !== undefined, `${protocol} is no protocol`);
      Object.assign(deeds.actor(who), { protocol: known, tls: tls !== undefined });
    },
  ],
  [/^(?<who>[a-z]+) connects with tls$/, (deeds, { who = '' }) => Object.assign(deeds.actor(who), { tls: true })],
  [/^(?<who>[a-z]+) comes from (?<from>127[\d.]+)$/, (deeds, { who = '', from }) => Object.assign(deeds.actor(who), { from })],
  [/^(?<who>[a-z]+) connects$/, (deeds, { who = '' }) => deeds.client(who)],
  [
    /^(?<who>[a-z]+) (?<how>starts|stops) compression$/,
    async (deeds, { who = '', how }) => {
      const client = await deeds.client(who);
      if (how === 'starts') client.startCompression();
      else client.stopCompression();
    },
  ],
  [/^(?<who>[a-z]+) starts tls$/, async (deeds, { who = '' }) => (await deeds.client(who)).startTls()],
  [
    /^(?<who>[a-z]+) (?<how>closes|vanishes|sends no more)$/,
    async (deeds, { who = '', how }) => {
      const client = await deeds.client(who);
      if (how === 'sends no more') return client.end();
      if (how === 'closes') client.close();
      else client.vanish();
      deeds.forget(who);
    },
  ],
  [
    /^(?<who>[a-z]+) is closed$/,
    async (deeds, { who = '' }) => {
      await (await deeds.client(who)).expectClosed();
      deeds.forget(who);
    },
  ],
  [
    /^(?<who>[a-z]+) logs in(?: as (?<name>\S+))?(?: and selects (?<mailbox>.+))?$/,
    async (deeds, { who = '', name = 'alice', mailbox }) => {
      const { protocol } = deeds.actor(who);
      const run = logIn[protocol];
      assert.ok(run !== undefined, `nobody logs in to ${protocol}`);
      await run(await deeds.client(who), accountNamed(name), mailbox);
    },
  ],
];

type LogIn = (client: Client, user: string, mailbox: string | undefined) => Promise<unknown>;

const isUntagged = (line: string): boolean => line.startsWith('*');
const isContinued = (line: string): boolean => line.startsWith('250-');

const logIn: Readonly<Partial<Record<Protocol, LogIn>>> = {
  async pop3(client, user) {
    await client.expect('+OK *');
    await client.ask(`USER ${user}`, '+OK *');
    await client.ask(`PASS ${defaultPassword}`, '+OK *');
  },

  async imap(client, user, mailbox) {
    await client.expect('* OK *');
    client.send(`login1 LOGIN ${user} ${defaultPassword}`);
    await client.expect('login1 OK *', new Map(), isUntagged);
    if (mailbox === undefined) return;
    client.send(`login2 SELECT ${JSON.stringify(mailbox)}`);
    await client.expect('login2 OK *', new Map(), isUntagged);
  },

  async msa(client, user) {
    await client.expect('220 *');
    client.send('EHLO phone.example.net');
    await client.expect('250 *', new Map(), isContinued);
    await client.ask(`AUTH PLAIN ${Buffer.from(`\0${user}\0${defaultPassword}`).toString('base64')}`, '235 *');
  },
};
