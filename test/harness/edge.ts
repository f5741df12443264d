import assert from 'node:assert/strict';
import { publicOwner } from '../../core/accounts/principal.ts';
import { parsePublicTarget } from '../../core/accounts/public-maildrop.ts';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import { settingNamed } from '../../core/settings/catalogue.ts';
import { accountCommandLimit } from '../../core/slots/applied-limit.ts';
import type { Hold } from '../../core/slots/slots.ts';
import type { SlotTimings } from '../../core/slots/timings.ts';
import { type AccountId, parseAccountId, parseAddress } from '../../core/values/address.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Uid } from '../../core/values/uid.ts';
import type { World } from '../../core/world.ts';
import type { RunningProcess } from '../../listeners/main.ts';
import { Client, type ClientOptions } from './client.ts';
import { type Ground, type OpenGround, onThisMachine } from './ground.ts';

/** Where names without a domain are at home. */
const domain = 'example.org';
export const defaultPassword = 'secret';

export interface EdgeOptions {
  /** As an operator writes them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Passwords by address or bare name. @default alice, with the password `secret` */
  readonly accounts?: Readonly<Record<string, string>>;
  /** ms over which goodbyes are spread. @default 100 */
  readonly drainSpread?: number;
  readonly slotTimings?: Partial<SlotTimings>;
  /** @default onThisMachine */
  readonly on?: OpenGround;
}

/** Something that runs clean-ups when it is over: a test's context. */
interface Ending {
  after(run: () => Promise<void>): void;
}

/** Starts the real listeners in this process, on a world of their own and any free ports; stopped when the test is over. */
export async function startEdge(t: Ending, options: EdgeOptions = {}): Promise<Edge> {
  const edge = await openEdge(options);
  t.after(() => edge.stop());
  return edge;
}

export async function openEdge({
  settings = {},
  accounts = { alice: defaultPassword },
  drainSpread = 100,
  slotTimings = {},
  on = onThisMachine,
}: EdgeOptions = {}): Promise<Edge> {
  const failures: string[] = [];
  const events: string[] = [];
  const log = {
    event: (name: string) => void events.push(name),
    failure: (name: string, error: unknown) => void failures.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`),
  };
  const overrides = new Map([['server/hostname', 'mail.example.org']]);
  const drain = { spread: drainSpread, hardStop: 5_000 };
  const edge = new Edge(await on({ log, overrides, drain, slotTimings }), failures, events);
  try {
    for (const [name, value] of Object.entries(settings)) await edge.set(name, value);
    for (const [name, password] of Object.entries(accounts)) await edge.addAccount(name, password);
  } catch (error) {
    await edge.stop();
    throw error;
  }
  return edge;
}

/** Hashing costs 30 ms: each password once per test process. */
const hashes = new Map<string, Promise<string>>();

/** A running Mailweir and hands to arrange things in it. */
export class Edge {
  readonly process: RunningProcess;
  /** Surprises that were logged: a test that expects none may look. */
  readonly failures: readonly string[];
  /** Names of what was logged. */
  readonly events: readonly string[];
  readonly #ground: Ground;
  readonly #clients: Client[] = [];
  readonly #holds: Hold[] = [];

  constructor(ground: Ground, failures: readonly string[], events: readonly string[]) {
    this.#ground = ground;
    this.process = ground.process;
    this.failures = failures;
    this.events = events;
  }

  /** Of one on this machine. */
  get dataDir(): string {
    const { dataDir } = this.#ground;
    assert.ok(dataDir !== undefined, 'there is no data directory');
    return dataDir;
  }

  get world(): World {
    return this.process.world;
  }

  port(protocol: Protocol, tls = false): number {
    const port = this.process.ports[tls ? `${protocol}-tls` : protocol];
    assert.ok(port !== undefined, `nothing listens for ${protocol}${tls ? ' with TLS' : ''}`);
    return port;
  }

  async client(protocol: Protocol, options: ClientOptions = {}): Promise<Client> {
    const client = await Client.open(this.port(protocol, options.tls), options);
    this.#clients.push(client);
    return client;
  }

  /** Sets (or with undefined unsets) and waits until it is in force here. */
  async set(name: string, value: string | undefined): Promise<void> {
    const setting = settingNamed(name);
    assert.ok(setting !== undefined, `there is no setting ${name}`);
    await this.world.settings.write(new Map([[name, value]]));
    if (value === undefined) return;
    const wanted = setting.parse(value);
    assert.ok('value' in wanted, `${name} ${'fault' in wanted ? wanted.fault : ''}`);
    await until(`${name} to be ${value}`, async () => setting.format(this.process.settings.get(setting)) === setting.format(wanted.value));
  }

  /** Another process runs a command of this account, up to the next script. */
  async runElsewhere(command: 'fetch' | 'search', account: string): Promise<void> {
    const { settings, slots } = this.process;
    const limit = accountCommandLimit({ settings, now: this.world.clock.now() }, command, accountNamed(account));
    const hold = await slots.take({ ...limit, kind: 'shared' });
    assert.ok(typeof hold === 'object' && 'release' in hold, `no slot for a ${command} elsewhere`);
    this.#holds.push(hold);
  }

  async unsetAll(): Promise<void> {
    const { values } = await this.world.settings.read();
    if (values.size > 0) await this.world.settings.write(new Map([...values.keys()].map((name) => [name, undefined])));
  }

  async addAccount(name: string, password = defaultPassword): Promise<void> {
    const added = await this.world.accounts.add(accountNamed(name), await this.#hashOf(password));
    assert.ok(typeof added !== 'string', `account ${name}: ${String(added)}`);
  }

  async setPassword(name: string, password: string): Promise<void> {
    await this.world.accounts.setPassword(accountNamed(name), await this.#hashOf(password));
  }

  async addAlias(address: string, targets: readonly string[]): Promise<void> {
    const parse = (text: string) => {
      const parsed = parsePublicTarget(text) ?? parseAddress(text.includes('@') ? text : `${text}@${domain}`);
      assert.ok(parsed !== undefined, `${text} is no address`);
      return parsed;
    };
    assert.equal(await this.world.accounts.addAlias({ address: parse(address), targets: targets.map(parse) }), 'added');
  }

  async mailbox(account: string, name = 'INBOX'): Promise<Mailbox> {
    const { mailboxes } = this.world;
    const found = await mailboxes.find(accountNamed(account), name);
    if (found !== undefined) return found;
    const made = await mailboxes.create(accountNamed(account), name);
    assert.ok(typeof made !== 'string', `mailbox ${name} of ${account}: ${String(made)}`);
    return made;
  }

  /** Puts a message into a mailbox as local delivery does. @returns its UID */
  async deliver(account: string, message: Uint8Array, { mailbox = 'INBOX', prefix = '' } = {}): Promise<Uid> {
    const { bodies, mailboxes, clock } = this.world;
    const { id } = await this.mailbox(account, mailbox);
    const body = await bodies.stage(oneChunk(message));
    const [appended] = await mailboxes.append(id, [{ body, prefix, flags: [], internalDate: clock.now() }]);
    assert.ok(appended !== undefined);
    return appended.uid;
  }

  /** As it was after the start, for the next script: no account, no setting, no client. */
  async reset(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    for (const hold of this.#holds.splice(0)) hold.release();
    await this.unsetAll();
    for (const { id } of await this.world.accounts.list()) await this.world.accounts.remove(id);
    const { mailboxes } = this.world;
    for (const { name } of (await mailboxes.list(publicOwner)).toReversed()) await mailboxes.delete(publicOwner, name);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.process.stop();
    await this.#ground.remove();
  }

  #hashOf(password: string): Promise<string> {
    const hash = hashes.get(password) ?? this.world.passwords.hash(password);
    hashes.set(password, hash);
    return hash;
  }
}

/** `#public` owns the public mailboxes. */
export function accountNamed(name: string): AccountId {
  if (name === publicOwner) return publicOwner;
  const id = parseAccountId(name.includes('@') ? name : `${name}@${domain}`);
  assert.ok(id !== undefined, `${name} is no account name`);
  return id;
}

/** Asks again and again. @throws when it is not so within ten seconds */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await new Promise((again) => setTimeout(again, 10));
  }
}

async function* oneChunk(message: Uint8Array): AsyncGenerator<Uint8Array> {
  yield message;
}
