import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Account } from '../../core/accounts/account-directory.ts';
import type { MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import { createQuotas } from '../../core/mailbox/quota.ts';
import { SharedSearches } from '../../core/mailbox/search/shared-searches.ts';
import type { Refused } from '../../core/observe/refused.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { Slots } from '../../core/slots/slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Clock } from '../../core/values/clock.ts';
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
import { systemClock } from '../../platform/node/clock.ts';
import { Client } from '../harness/client.ts';
import { memorySlotStore } from '../slots/memory-slot-store.ts';

export const alice = 'alice@example.org' as AccountId;

/** What a test may turn on the sessions it is about to open, or has open. */
export interface Knobs {
  mayLogin?: Refusal;
  login?: Refusal;
  fenced?: boolean;
}

/** What a session told of itself last. */
interface Doing {
  doing: string;
  rest: 'waiting' | 'idling' | undefined;
  isQuiet: () => boolean;
}

export interface OpenImap {
  readonly world: World;
  readonly knobs: Knobs;
  readonly port: number;
  readonly settings: LiveSettings;
  readonly slots: Slots;
  readonly searches: SharedSearches;
  readonly places: CommandPlaces;
  /** Who was refused, or would have been. */
  readonly refused: readonly Refused[];
  /** Surprises the listener logged. */
  readonly failures: readonly unknown[];
  /** What each session says it is doing, in the order they came. */
  readonly doings: readonly Doing[];
  /** Writes of the slot store so far. */
  slotWrites(): number;
  openSessions(): number;
  /** A client that has read the greeting. */
  connect(name?: string): Promise<Client>;
  /** A client that is logged in as alice. */
  logIn(name?: string): Promise<Client>;
  /** Ends all sessions politely. */
  endAll(why: Ending): void;
  close(): Promise<void>;
}

const client = { ip: '127.0.0.1' as IpAddress, port: 0, network: '127.0.0.1/32' as Network };

/** A test may put another method into the store at any time: that one is called from then on. */
const calledLate = (store: MailboxStore): MailboxStore =>
  new Proxy(store, {
    get:
      (_, name) =>
      (...args: unknown[]) =>
        Reflect.apply(Reflect.get(store, name) as never, store, args),
  });

/**
 * The IMAP listener on a real socket, with admission and passwords left out: a session that does as it is told.
 * @param clock what waits and is kept goes by. @default that of the machine
 * @param given a world that alice has an account in; its owner closes it. @default an embedded one of its own
 */
export async function openImap(
  values: Parameters<typeof fixedSettings>[0] = {},
  clock: Clock = systemClock,
  given?: World,
): Promise<OpenImap> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-imap-'));
  const world = given ?? (await openEmbeddedWorld({ dataDir }));
  if (given === undefined) await world.accounts.add(alice, 'no hash');
  const knobs: Knobs = {};
  const failures: unknown[] = [];
  const doings: Doing[] = [];
  const sessions = new Map<object, (why: Ending) => void>();
  const clients: Client[] = [];
  const settings = fixedSettings(values);
  const log = { event: () => {}, failure: (_: string, error: unknown) => void failures.push(error) };
  const { annotations, bodies, changes, newId } = world;
  const mailboxes = calledLate(world.mailboxes);
  const refused: Refused[] = [];
  const places = new CommandPlaces(settings, clock);
  const store = memorySlotStore(() => clock.monotonic());
  const slots = await openSlots({ store, clock, newId, policy: () => 'closed', log });
  const searches = new SharedSearches({ mailboxes, bodies, clock, log, giveTurn: () => nextTurn() });
  const quotas = createQuotas({ accounts: { find: async () => undefined, watch: () => () => {} }, mailboxes, settings, clock });
  const commands = { slots, places, searches, quotas, refused: (what: Refused) => void refused.push(what) };
  const imap = createImap({ mailboxes, annotations, bodies, changes, settings, clock, log, version: '1.2.3', ...commands });
  const budget = new MemoryBudget(1 << 26);
  const environment = { budget, secureContext: () => ({}) as never, handshakeTimeout: () => 1000 };

  const server = createServer((socket) => {
    const connection = new SocketConnection(socket, client, undefined, environment);
    const state: Doing & { ending: Ending | undefined } = { doing: 'greeting', ending: undefined, rest: undefined, isQuiet: () => true };
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
      onOver: () => {},
      restsWhile: (isQuiet) => {
        state.isQuiet = isQuiet;
      },
      mayLogin: (_, as) => (as === 'certificate' || as === 'anonymous' ? { refused: 'login-disabled' } : knobs.mayLogin),
      loginWith: async () => ({ refused: 'login-disabled' }),
      logout: () => {},
      login: async (user, password) => {
        if (knobs.login !== undefined) return knobs.login;
        if ((user === 'alice' || user === alice) && password === 'secret') return { id: alice } as Account;
        failed++;
        return { refused: failed < 3 ? 'bad-credentials' : 'too-many-failed-logins' };
      },
      doing: (what, rest) => {
        state.doing = what;
        state.rest = rest;
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
    slots,
    searches,
    places,
    refused,
    failures,
    doings,
    slotWrites: () => store.writes,
    openSessions: () => sessions.size,
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
      await searches.close();
      await slots.close();
      if (given === undefined) await world.close();
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
