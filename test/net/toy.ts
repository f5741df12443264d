import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { Account } from '../../core/accounts/account-directory.ts';
import type { Refused } from '../../core/observe/refused.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Full, Hold, Slots, Want } from '../../core/slots/slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import { Admission } from '../../listeners/net/admission.ts';
import { alone } from '../../listeners/net/fellow-processes.ts';
import { lineProtocolHandler } from '../../listeners/net/line-protocol.ts';
import { Listener } from '../../listeners/net/listener.ts';
import { RoomMaker } from '../../listeners/net/make-room.ts';
import { MemoryBudget } from '../../listeners/net/memory-budget.ts';
import { ProcessSessions } from '../../listeners/net/process-sessions.ts';
import { Reception } from '../../listeners/net/reception.ts';
import type { LineProtocol } from '../../listeners/net/session.ts';
import { SessionRegistry } from '../../listeners/net/session-registry.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { certificate } from './connected.ts';

/** Counts slots in memory, exactly, and says what is still held. */
export function countedSlots(): Slots & { readonly counts: ReadonlyMap<SlotKey, number> } {
  const counts = new Map<SlotKey, number>();
  const take = async (want: Want): Promise<Hold | Full> => {
    const { key, limit, wait = 0 } = want;
    const used = counts.get(key) ?? 0;
    if (limit > 0 && used >= limit && wait > 0) {
      await systemClock.sleep(10);
      return take({ ...want, wait: wait - 10 });
    }
    if (limit > 0 && used >= limit) return { full: true, used, limit };
    counts.set(key, used + 1);
    let held = true;
    const release = (): void => {
      if (!held) throw new Error(`${key} was released twice`);
      held = false;
      const left = (counts.get(key) ?? 0) - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    };
    return { key, release };
  };
  return {
    counts,
    take,
    holder: 'H' as HolderId,
    mayAct: () => true,
    onMustClose: () => () => {},
    held: () => counts,
    giveBackSpare: () => {},
    downSince: undefined,
    close: async () => {},
  };
}

export const say = (refusal: Refusal): string =>
  'limit' in refusal ? `${refusal.refused} ${refusal.used}/${refusal.limit}` : refusal.refused;

/** `login USER PASSWORD` is answered with ok or the refusal, `idle` rests as IDLE does, `crash` throws, `hang` never ends, whatever becomes of the client, `quit` ends, anything else is echoed. */
export const toy: LineProtocol = async (connection, session) => {
  session.onEnding(() => connection.interrupt());
  connection.write('hello\r\n');
  for (let rest: 'waiting' | 'idling' = 'waiting'; ; ) {
    session.doing(rest, rest);
    const line = await connection.readLine(100, 10_000);
    session.doing('a command');
    if (session.ending !== undefined) return void connection.write(`bye ${session.ending}\r\n`);
    if (line.kind !== 'line') return;
    const [verb, user = '', password = ''] = line.bytes.toString('latin1').split(' ');
    if (verb === 'quit') return;
    rest = verb === 'idle' ? 'idling' : 'waiting';
    if (verb === 'hang') await new Promise(() => {});
    if (verb === 'crash') throw new Error('the toy broke');
    if (verb !== 'login') connection.write(`${verb}\r\n`);
    else {
      const answer = await session.login(user, password, connection.tls);
      connection.write(`${isRefusal(answer) ? say(answer) : 'ok'}\r\n`);
      if (isRefusal(answer) && answer.refused === 'too-many-failed-logins') return;
    }
  }
};

interface Ending {
  after(run: () => unknown): void;
}

/** A listener of the toy protocol, or another, under the settings of IMAP, plain and TLS. */
export async function startToy(t: Ending, settings: Readonly<Record<string, FixedValue>> = {}, dialogue: LineProtocol = toy) {
  const slots = countedSlots();
  const sessions = new SessionRegistry();
  const failures: string[] = [];
  const log = { event: () => {}, failure: (name: string) => void failures.push(name) };
  const fixed = fixedSettings(settings);
  const login = {
    check: async (user: string, password: string): Promise<Account | Refusal> =>
      password === 'right'
        ? { id: user as AccountId, passwordHash: '', credentialVersion: 1, createdAt: 0 }
        : { refused: 'bad-credentials' },
    certificate: async (): Promise<Refusal> => ({ refused: 'bad-credentials' }),
  };
  let id = 0;
  const told: Refused[] = [];
  const refused = (what: Refused): void => void told.push(what);
  const rooms = new RoomMaker(sessions, alone);
  const makeRoom = (account: AccountId): Promise<boolean> => rooms.makeRoom(account);
  const newId = (): string => `S${id++}`;
  const processSessions = new ProcessSessions();
  const admission = new Admission({
    slots,
    sessions,
    processSessions,
    settings: fixed,
    login,
    clock: systemClock,
    log,
    refused,
    makeRoom,
    newId,
  });
  const secureContext = () => tls.createSecureContext({ key: certificate.key, cert: certificate.certificate });
  const budget = new MemoryBudget(1 << 26);
  const handler = lineProtocolHandler('imap', dialogue, (refusal) => `${say(refusal)}\r\n`, {
    budget,
    secureContext,
    handshakeTimeout: () => 1000,
  });
  const reception = new Reception(handler, { admission, settings: fixed, log, refused, secureContext });
  const listener = (implicitTls: boolean) => new Listener({ name: 'imap/port', implicitTls, port: 0, bind: '127.0.0.1' }, reception);
  const plain = listener(false);
  const secure = listener(true);
  await Promise.all([plain.open(), secure.open()]);
  t.after(() => {
    plain.close();
    secure.close();
    for (const session of sessions.all()) session.cutOff();
  });
  return { slots, sessions, admission, failures, told, plain, secure };
}

/** A client that reads lines. */
export class ToyClient {
  readonly socket: net.Socket;
  #text = '';
  #closed = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('error', () => {});
    socket.on('data', (text: string) => {
      this.#text += text;
    });
    socket.on('close', () => {
      this.#closed = true;
    });
  }

  static async open(port: number, isTls = false): Promise<ToyClient> {
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false };
    const client = new ToyClient(isTls ? tls.connect(options) : net.connect(options));
    await once(client.socket, isTls ? 'secureConnect' : 'connect');
    return client;
  }

  /** @returns the next line, or `(closed)` */
  async line(): Promise<string> {
    for (let i = 0; i < 1000; i++) {
      const at = this.#text.indexOf('\r\n');
      if (at >= 0) {
        const line = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 2);
        return line;
      }
      if (this.#closed) return '(closed)';
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('no line came in ten seconds');
  }

  async ask(text: string): Promise<string> {
    this.socket.write(`${text}\r\n`);
    return this.line();
  }
}
