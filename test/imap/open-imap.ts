import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from '../../core/accounts/account-directory.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import type { IpAddress, Network } from '../../core/values/network.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { World } from '../../core/world.ts';
import { createImap } from '../../listeners/imap/imap.ts';
import { CommandPlaces } from '../../listeners/net/command-places.ts';
import { MemoryBudget } from '../../listeners/net/memory-budget.ts';
import type { Ending, Session } from '../../listeners/net/session.ts';
import { SocketConnection } from '../../listeners/net/socket-connection.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { Client } from '../harness/client.ts';

export const alice = 'alice@example.org' as AccountId;

/** What a test may turn on the sessions it is about to open, or has open. */
export interface Knobs {
  mayLogin?: Refusal;
  login?: Refusal;
  fenced?: boolean;
}

export interface OpenImap {
  readonly world: World;
  readonly knobs: Knobs;
  readonly port: number;
  readonly settings: LiveSettings;
  /** Surprises the listener logged. */
  readonly failures: readonly unknown[];
  /** What each session says it is doing, in the order they came. */
  readonly doings: readonly { doing: string }[];
  /** A client that has read the greeting. */
  connect(name?: string): Promise<Client>;
  /** A client that is logged in as alice. */
  logIn(name?: string): Promise<Client>;
  /** Ends all sessions politely. */
  endAll(why: Ending): void;
  close(): Promise<void>;
}

const client = { ip: '127.0.0.1' as IpAddress, port: 0, network: '127.0.0.1/32' as Network };

/** The IMAP listener on a real socket and the embedded world, with admission and passwords left out: a session that does as it is told. */
export async function openImap(values: Parameters<typeof fixedSettings>[0] = {}): Promise<OpenImap> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-imap-'));
  const world = await openEmbeddedWorld({ dataDir });
  await world.accounts.add(alice, 'no hash');
  const knobs: Knobs = {};
  const failures: unknown[] = [];
  const doings: { doing: string }[] = [];
  const sessions = new Map<object, (why: Ending) => void>();
  const clients: Client[] = [];
  const settings = fixedSettings(values);
  const log = { event: () => {}, failure: (_: string, error: unknown) => void failures.push(error) };
  const { mailboxes, bodies, changes, clock } = world;
  const places = new CommandPlaces(settings, clock);
  const imap = createImap({ mailboxes, bodies, changes, settings, clock, places, refused: () => {}, log, version: '1.2.3' });
  const budget = new MemoryBudget(1 << 26);
  const environment = { budget, secureContext: () => ({}) as never, handshakeTimeout: () => 1000 };

  const server = createServer((socket) => {
    const connection = new SocketConnection(socket, client, undefined, environment);
    const state = { doing: 'greeting', ending: undefined as Ending | undefined };
    doings.push(state);
    let heard: (why: Ending) => void = () => {};
    sessions.set(state, (why) => {
      state.ending = why;
      heard(why);
    });
    let failed = 0;
    const session: Session = {
      id: `session-${doings.length}` as SessionId,
      protocol: 'imap',
      client,
      since: 0,
      account: undefined,
      get ending() {
        return state.ending;
      },
      onEnding: (listener) => {
        heard = listener;
      },
      mayLogin: () => knobs.mayLogin,
      login: async (user, password) => {
        if (knobs.login !== undefined) return knobs.login;
        if ((user === 'alice' || user === alice) && password === 'secret') return { id: alice } as Account;
        failed++;
        return { refused: failed < 3 ? 'bad-credentials' : 'too-many-failed-logins' };
      },
      doing: (what) => {
        state.doing = what;
      },
      mayAct: () => knobs.fenced !== true,
    };
    void imap(connection, session).finally(() => {
      connection.end();
      sessions.delete(state);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const connect = async (name = 'phone'): Promise<Client> => {
    const opened = await Client.open(port, { name });
    clients.push(opened);
    await opened.expect('* OK *');
    return opened;
  };
  return {
    world,
    knobs,
    port,
    settings,
    failures,
    doings,
    connect,
    logIn: async (name) => {
      const opened = await connect(name);
      await opened.ask('0 LOGIN alice secret', '0 OK *');
      return opened;
    },
    endAll: (why) => {
      for (const end of [...sessions.values()]) end(why);
    },
    close: async () => {
      for (const one of clients) one.close();
      server.close();
      await world.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Untagged lines of one command, and the tagged line last. */
export async function ask(one: Client, command: string): Promise<readonly string[]> {
  one.send(command);
  return answerTo(one, command.slice(0, command.indexOf(' ')));
}

export async function answerTo(one: Client, tag: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await one.line();
    if (line === undefined) return lines;
    lines.push(line);
    if (line.startsWith(`${tag} `)) return lines;
  }
}

/** APPENDs a small message. @returns the tagged line */
export async function append(one: Client, mailbox: string, text: string, flags = ''): Promise<string> {
  one.sendRaw(`ap APPEND ${mailbox} ${flags}{${text.length}+}\r\n${text}\r\n`);
  return (await answerTo(one, 'ap')).at(-1) ?? '';
}

export const message = (subject: string, body = 'Hello\r\n'): string =>
  `From: Bob <bob@example.net>\r\nTo: alice@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.net>\r\n\r\n${body}`;
