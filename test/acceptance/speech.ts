import assert from 'node:assert/strict';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Client, ClientOptions } from '../harness/client.ts';
import { defaultPassword, type Edge } from '../harness/edge.ts';
import { matchLine } from '../harness/pattern.ts';

/** How a client's octets travel: as they are, after STARTTLS (STLS), or in TLS from the first octet. */
export type Channel = 'plain' | 'starttls' | 'tls';

/** A protocol over a channel. */
export interface Way {
  readonly protocol: Protocol;
  readonly channel: Channel;
}

const way = (protocol: Protocol, channel: Channel): Way => ({ protocol, channel });
const loginProtocols = ['msa', 'pop3', 'imap'] as const;

/** Where a client is refused instead of being greeted. */
export const doors: readonly Way[] = [
  way('smtp', 'plain'),
  ...loginProtocols.flatMap((protocol) => [way(protocol, 'plain'), way(protocol, 'tls')]),
];
/** Where one can log in. */
export const loginWays: readonly Way[] = loginProtocols.flatMap((protocol) => [
  way(protocol, 'plain'),
  way(protocol, 'starttls'),
  way(protocol, 'tls'),
]);
export const allWays: readonly Way[] = [way('smtp', 'plain'), way('smtp', 'starttls'), ...loginWays];

export const named = ({ protocol, channel }: Way): string => `${protocol} ${channel}`;

/** What clients of a protocol say, and what they hear when all is well. */
interface Speech {
  readonly greeting: string;
  readonly startTls: readonly [said: string, heard: string];
  /** All but the last line of a login are answered with this. */
  login(user: string, password: string): readonly string[];
  readonly goesOn: string;
  readonly loggedIn: string;
  readonly noop: readonly [said: string, heard: string];
}

const smtp: Speech = {
  greeting: '220 *',
  startTls: ['STARTTLS', '220 *'],
  login: (user, password) => [`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`],
  goesOn: '334 *',
  loggedIn: '235 *',
  noop: ['NOOP', '250 *'],
};

const speeches: Readonly<Record<Protocol, Speech>> = {
  smtp,
  msa: smtp,
  pop3: {
    greeting: '+OK *',
    startTls: ['STLS', '+OK *'],
    login: (user, password) => [`USER ${user}`, `PASS ${password}`],
    goesOn: '+OK *',
    loggedIn: '+OK *',
    noop: ['NOOP', '*'], // refused before the login, but answered
  },
  imap: {
    greeting: '* OK *',
    startTls: ['s1 STARTTLS', 's1 OK *'],
    login: (user, password) => [`a1 LOGIN ${user} ${password}`],
    goesOn: '+ *',
    loggedIn: 'a1 OK *',
    noop: ['n1 NOOP', 'n1 OK *'],
  },
};

/** Connects and waits for nothing: the first line may be a refusal. */
export function knock(edge: Edge, { protocol, channel }: Way, options: Pick<ClientOptions, 'from' | 'name'> = {}): Promise<Client> {
  return edge.client(protocol, { ...options, tls: channel === 'tls' });
}

/** Connects, is greeted, and stands where a login is the next thing. */
export async function enter(edge: Edge, to: Way, options: Pick<ClientOptions, 'from' | 'name'> = {}): Promise<Client> {
  const client = await knock(edge, to, options);
  await client.expect(speeches[to.protocol].greeting);
  return prepared(client, to);
}

/** From the greeting to where a login is the next thing. */
export async function prepared(client: Client, to: Way): Promise<Client> {
  await hello(client, to);
  if (to.channel === 'starttls') {
    await client.ask(...speeches[to.protocol].startTls);
    await client.startTls();
    await hello(client, to);
  }
  return client;
}

async function hello(client: Client, { protocol }: Way): Promise<void> {
  if (protocol !== 'smtp' && protocol !== 'msa') return;
  client.send('EHLO phone.example.org');
  await client.expect('250 *', new Map(), (line) => line.startsWith('250-'));
}

/** @returns the line that answers the login */
export async function logIn(client: Client, { protocol }: Way, user: string, password = defaultPassword): Promise<string | undefined> {
  const { login, goesOn } = speeches[protocol];
  const lines = login(user, password);
  for (const line of lines.slice(0, -1)) await client.ask(line, goesOn);
  client.send(lines.at(-1) ?? '');
  return client.line();
}

export const isWelcome = ({ protocol }: Way, line: string | undefined): boolean => fits(speeches[protocol].loggedIn, line);

const fits = (pattern: string, line: string | undefined): boolean => line !== undefined && matchLine(pattern, line, new Map());

/** @throws when the session is not alive */
export const stillThere = (client: Client, { protocol }: Way): Promise<string> => client.ask(...speeches[protocol].noop);

/** Tries again and again, as an impatient person does. @returns the first client that was greeted. @throws when none is within so many ms */
export async function enterSoon(edge: Edge, to: Way, within: number, from?: string): Promise<Client> {
  const deadline = performance.now() + within;
  for (;;) {
    const client = await knock(edge, to, from === undefined ? {} : { from });
    const line = await client.line();
    if (fits(speeches[to.protocol].greeting, line)) return client;
    client.close();
    assert.ok(performance.now() < deadline, `${named(to)}: not let in within ${within} ms, but told ${line}`);
    await new Promise((again) => setTimeout(again, 25));
  }
}

/** The same for a login on an open connection. */
export async function logInSoon(client: Client, to: Way, user: string, within: number): Promise<void> {
  const deadline = performance.now() + within;
  for (let line = await logIn(client, to, user); !isWelcome(to, line); line = await logIn(client, to, user)) {
    assert.ok(performance.now() < deadline, `${named(to)}: not logged in within ${within} ms, but told ${line}`);
    await new Promise((again) => setTimeout(again, 25));
  }
}

/** All lines up to the close. */
export async function allOf(client: Client): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let line = await client.line(); line !== undefined; line = await client.line()) lines.push(line);
  return lines;
}
