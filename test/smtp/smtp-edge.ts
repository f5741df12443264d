import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { Account } from '../../core/accounts/account-directory.ts';
import { BodyMissing } from '../../core/mailbox/message-bodies.ts';
import { createQuotas } from '../../core/mailbox/quota.ts';
import type { Refused } from '../../core/observe/refused.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { Hold, Slots } from '../../core/slots/slots.ts';
import { type AccountId, parseAccountId, parseAddress } from '../../core/values/address.ts';
import type { HolderId, SessionId } from '../../core/values/ids.ts';
import type { Network } from '../../core/values/network.ts';
import { parseIp } from '../../core/values/network.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { World } from '../../core/world.ts';
import { CommandPlaces } from '../../listeners/net/command-places.ts';
import type { Ending, Session } from '../../listeners/net/session.ts';
import { createSmtp } from '../../listeners/smtp/smtp.ts';
import { type Runner, startRunner } from '../../platform/embedded/runner.ts';
import { type EmbeddedWorld, openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { selfSigned } from '../../platform/node/certificates.ts';
import { RawClient } from '../harness/raw-client.ts';

const host = 'mail.example.org';
const { key, certificate } = selfSigned(host, Date.now());
const secureContext = tls.createSecureContext({ key, cert: certificate });

/** Slots without a limit, unless told to be full. */
export class OpenSlots implements Slots {
  readonly holder = 'test-holder' as HolderId;
  full = false;
  taken = 0;

  async take(): Promise<Hold | { full: true; used: number; limit: number }> {
    if (this.full) return { full: true, used: 1, limit: 1 };
    this.taken += 1;
    let held = true;
    const release = (): void => {
      if (held) this.taken -= 1;
      held = false;
    };
    return { key: 'test', release } as unknown as Hold;
  }
  mayAct = (): boolean => true;
  onMustClose = (): (() => void) => () => {};
  held: Slots['held'] = () => new Map();
  giveBackSpare = (): void => {};
  readonly downSince = undefined;
  close = async (): Promise<void> => {};
}

/** A session as the accept loop would hand it over, with the refusals a test wants. */
export class TestSession implements Session {
  readonly id = 'session' as SessionId;
  readonly protocol: 'smtp' | 'msa';
  readonly client;
  readonly since = 0;
  account: AccountId | undefined;
  ending: Ending | undefined;
  #listener: ((why: Ending) => void) | undefined;
  readonly edge: SmtpEdge;

  constructor(protocol: 'smtp' | 'msa', edge: SmtpEdge) {
    this.protocol = protocol;
    this.edge = edge;
    this.client = { ip: parseIp(edge.clientIp) as NonNullable<ReturnType<typeof parseIp>>, port: 1, network: '127.0.0.1/32' as Network };
  }
  onEnding(listener: (why: Ending) => void): void {
    this.#listener = listener;
  }
  end(why: Ending): void {
    this.ending = why;
    this.#listener?.(why);
  }
  mayLogin(facts: unknown, way: unknown = 'password'): Refusal | undefined {
    if (way !== 'password') return { refused: 'login-disabled' };
    return this.edge.loginNeedsTls && facts === undefined ? { refused: 'encryption-required' } : undefined;
  }
  async login(user: string, password: string): Promise<Account | Refusal> {
    const refusal = this.edge.loginRefusals.shift();
    if (refusal !== undefined) return refusal;
    const id = parseAccountId(user);
    const account = id === undefined ? undefined : await this.edge.world.accounts.find(id);
    if (account === undefined || password !== 'secret') return { refused: 'bad-credentials' };
    this.account = account.id;
    return account;
  }
  async loginWith(): Promise<Refusal> {
    return { refused: 'login-disabled' };
  }
  logout(): void {}
  doing(): void {}
  restsWhile(): void {}
  onOver(): void {}
  mayAct = (): boolean => this.edge.mayAct;
}

export interface SmtpEdgeOptions {
  readonly settings?: Readonly<Record<string, FixedValue>>;
  readonly world?: Partial<EmbeddedWorld>;
  /** Local and outbound delivery run. @default false: rows stay in the spool, to be looked at */
  readonly deliver?: boolean;
  /** Admission takes until the client has said something. @default a few turns of the event loop */
  readonly slowAdmission?: boolean;
}

/** Both SMTP listeners over a real embedded world, with accounts alice and bob at example.org; the accept loop is the test's. */
export class SmtpEdge {
  readonly world: EmbeddedWorld;
  readonly slots = new OpenSlots();
  readonly places: CommandPlaces;
  readonly sessions: TestSession[] = [];
  readonly failures: unknown[] = [];
  readonly refused: Refused[] = [];
  readonly events: (readonly [name: string, fields: unknown])[] = [];
  /** Where sessions come from, as they see it. */
  clientIp = '127.0.0.1';
  loginNeedsTls = false;
  loginRefusals: Refusal[] = [];
  mayAct = true;
  readonly #servers: Record<'smtp' | 'msa', Server>;
  readonly runner: Runner | undefined;
  readonly dataDir: string;
  readonly #sockets = new Set<Socket>();
  served = 0;

  static async open(t: { after(run: () => Promise<void>): void }, options: SmtpEdgeOptions = {}): Promise<SmtpEdge> {
    const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-smtp-'));
    const world = { ...(await openEmbeddedWorld({ dataDir })), ...options.world };
    for (const name of ['alice', 'bob']) await world.accounts.add(`${name}@example.org` as AccountId, 'x');
    const edge = new SmtpEdge(dataDir, world, options);
    for (const server of Object.values(edge.#servers)) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    t.after(() => edge.close());
    return edge;
  }

  private constructor(dataDir: string, world: EmbeddedWorld, { settings = {}, deliver = false, slowAdmission = false }: SmtpEdgeOptions) {
    this.dataDir = dataDir;
    this.world = world;
    // Nothing is asked of a name server where a test is about something else.
    const live = fixedSettings({ 'server/hostname': host, 'smtp/dmarc': 'off', 'smtp/authentication-results': false, ...settings });
    const log = {
      event: (name: string, fields: unknown) => void this.events.push([name, fields]),
      failure: (_name: string, error: unknown) => void this.failures.push(error),
    };
    this.runner = deliver ? startRunner({ world, settings: live, slots: this.slots, log }) : undefined;
    const dispatcher = this.runner ?? { wake: () => {} };
    // Without a runner a test wants to see what stands in the spool.
    const spool = deliver ? world.spool : { ...world.spool, addDelivered: async () => false };
    this.places = new CommandPlaces(live, { ...world.clock, sleep: async () => {} }); // whoever has to wait has waited
    const { places } = this;
    const refused = (what: Refused): void => void this.refused.push(what);
    const deps = {
      ...world,
      spool,
      dispatcher,
      settings: live,
      places,
      quotas: createQuotas({ ...world, settings: live }),
      refused,
      log,
      version: '0.0.0',
      secureContext: () => secureContext,
    };
    const listen = (kind: 'smtp' | 'msa'): Server => {
      const handler = createSmtp(kind, deps);
      return createServer((socket) => {
        socket.on('error', () => {});
        this.#sockets.add(socket);
        const session = new TestSession(kind, this);
        this.sessions.push(session);
        const serve = (): void => void handler.serve(socket, session, undefined).then(() => this.served++);
        if (slowAdmission) socket.once('readable', serve);
        else setTimeout(serve, 5);
      });
    };
    this.#servers = { smtp: listen('smtp'), msa: listen('msa') };
  }

  client(kind: 'smtp' | 'msa' = 'smtp'): Promise<RawClient> {
    return RawClient.open((this.#servers[kind].address() as AddressInfo).port);
  }

  /** A client past the greeting and EHLO; at submission logged in as alice. */
  async greeted(kind: 'smtp' | 'msa' = 'smtp'): Promise<RawClient> {
    const client = await this.client(kind);
    await client.until(/^220 /m);
    await client.ask('EHLO client.example.net\r\n', /^250 /m);
    if (kind === 'msa') await client.ask(`AUTH PLAIN ${plain('alice@example.org', 'secret')}\r\n`, /^235 /m);
    return client;
  }

  /** A client that has been told 354. */
  async inData(kind: 'smtp' | 'msa' = 'smtp', to = 'bob@example.org'): Promise<RawClient> {
    const client = await this.greeted(kind);
    await client.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
    await client.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    return client;
  }

  async spooled(): Promise<readonly { readonly text: string; readonly row: Awaited<ReturnType<World['spool']['list']>>[number] }[]> {
    const rows = await this.world.spool.list({ limit: 100 });
    const read = await Promise.all(
      rows.map(async (row) => ({ row, text: await this.#text(row.body, row.facts.size).catch(ignoreMissing) })),
    );
    return read.flatMap(({ row, text }) => (text === undefined ? [] : [{ row, text }]));
  }

  /** Messages in an INBOX, or another mailbox, prefix included. */
  async inbox(name: string, mailbox = 'INBOX'): Promise<readonly string[]> {
    const inbox = await this.world.mailboxes.find(`${name}@example.org` as AccountId, mailbox);
    const texts: string[] = [];
    if (inbox === undefined) return texts;
    for await (const message of this.world.mailboxes.messages(inbox.id, [{ from: 1, to: 2 ** 32 - 1 }])) {
      texts.push(message.prefix + (await this.#text(message.body, message.facts.size)));
    }
    return texts;
  }

  async #text(body: Parameters<World['bodies']['read']>[0], size: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.world.bodies.read(body, 0, size)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('latin1');
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of Object.values(this.#servers)) server.close();
    await this.runner?.close();
    await this.world.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** The row was finished between the list and the look at its text. */
function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof BodyMissing)) throw error;
}

export const plain = (user: string, password: string, authzid = ''): string =>
  Buffer.from(`${authzid}\0${user}\0${password}`).toString('base64');

export const addressed = (text: string) => parseAddress(text) as NonNullable<ReturnType<typeof parseAddress>>;

export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((again) => setTimeout(again, 10));
  }
}
