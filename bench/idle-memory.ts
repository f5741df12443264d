import { argon2Sync } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { octetsPerSession } from '../core/settings/memory.ts';
import { parseAccountId } from '../core/values/address.ts';
import { type Protocol, protocols } from '../core/values/protocol.ts';
import { openEmbeddedWorld } from '../platform/embedded/world.ts';
import { type PortName, type Served, serve } from '../test/harness/served.ts';
import { end, type Memory, measured, memoryAfterGc, reference } from './load/child.ts';

const sessions = { plain: 2000, tls: 1000 };
type Kind = keyof typeof sessions;

/** The lines of a client that comes in and then does nothing, each with the beginning of the line that answers it. */
type Idling = readonly (readonly [line: string, answer: string])[];

interface Idler {
  readonly what: string;
  readonly kinds: readonly Kind[];
  /** Clients that come in together: passwords that are checked for the first time wait in a queue with bounds. */
  readonly atOnce: number;
  /** @param i counts the clients */
  readonly idling: (i: number) => Idling;
}

const plainLogin = Buffer.from('\0user-0@example.test\0wonderland').toString('base64');

const idlers: Readonly<Record<Protocol, Idler>> = {
  smtp: {
    what: 'SMTP session, after EHLO',
    kinds: ['plain'],
    atOnce: 50,
    idling: () => [
      ['', '220 '],
      ['EHLO bench.example', '250 '],
    ],
  },
  msa: {
    what: 'submission session, logged in',
    kinds: ['plain', 'tls'],
    atOnce: 50,
    idling: () => [
      ['', '220 '],
      ['EHLO bench.example', '250 '],
      [`AUTH PLAIN ${plainLogin}`, '235 '],
    ],
  },
  pop3: {
    what: 'POP3 session, each with a maildrop of its own open',
    kinds: ['plain', 'tls'],
    atOnce: 10,
    idling: (i) => [
      ['', '+OK'],
      [`USER user-${i}@example.test`, '+OK'],
      ['PASS wonderland', '+OK'],
    ],
  },
  imap: {
    what: 'IMAP session, INBOX selected, in IDLE',
    kinds: ['plain', 'tls'],
    atOnce: 50,
    idling: () => [
      ['', '* OK'],
      ['a LOGIN user-0@example.test wonderland', 'a OK'],
      ['b SELECT INBOX', 'b OK'],
      ['c IDLE', '+ '],
    ],
  },
};

const aims: Readonly<Record<string, string>> = { 'imap plain': ', aim ≤ 16 KB', 'imap tls': ', aim ≤ 70 KB' };

/** Every limit that many sessions from one address would meet. */
const unlimited = Object.fromEntries(
  protocols.flatMap((protocol) =>
    ['sessions', 'sessions-per-address', 'sessions-per-process', ...(protocol === 'smtp' ? [] : ['sessions-per-account'])].map((limit) => [
      `${protocol}/${limit}`,
      '0',
    ]),
  ),
);

/** Octets of memory that one idle session of each protocol costs, beside a bare idle socket of the same kind; each in a server of its own. */
export async function benchIdleMemory(): Promise<void> {
  Object.assign(process.env, measured);
  const bare = await bareSockets();
  for (const protocol of protocols) for (const kind of idlers[protocol].kinds) await measure(protocol, kind, bare[kind]);
}

async function measure(protocol: Protocol, kind: Kind, bare: Memory): Promise<void> {
  const mail = await serve({ set: unlimited });
  try {
    await addAccounts(mail.dataDir, protocol === 'pop3' ? 1.5 * sessions[kind] : 1);
    const ours = await perSession(kind, mail.pid, mail.ports[portOf(protocol, kind)], idlers[protocol]);
    const beside = (name: keyof Memory): string => `${kb(ours[name])} KB beside ${kb(bare[name])} KB of a bare socket`;
    const reckoned = kind === 'tls' || protocol === 'smtp' ? `, reckoned with ${kb(octetsPerSession[protocol])} KB` : '';
    console.log(
      `memory of an idle ${idlers[protocol].what}, ${kind}: heap and external ${beside('held')}; resident ${beside('resident')}` +
        `${aims[`${protocol} ${kind}`] ?? ''}${reckoned}`,
    );
  } finally {
    await mail.stop();
  }
}

async function bareSockets(): Promise<Record<Kind, Memory>> {
  const mail: Served = await serve();
  const bare = await reference('bare-idle-sockets.ts', [join(mail.dataDir, 'self-signed.pem')]);
  const [plain = 0, tls = 0] = bare.ports;
  const greeted: Pick<Idler, 'idling' | 'atOnce'> = { idling: () => [['', '* OK']], atOnce: 50 };
  try {
    return {
      plain: await perSession('plain', bare.child.pid ?? 0, plain, greeted),
      tls: await perSession('tls', bare.child.pid ?? 0, tls, greeted),
    };
  } finally {
    await end(bare.child);
    await mail.stop();
  }
}

/** user-0, user-1 …, whose password costs next to nothing to check: what a hash costs is not what is measured. */
async function addAccounts(dataDir: string, count: number): Promise<void> {
  const nonce = Buffer.alloc(16);
  const tag = argon2Sync('argon2id', { message: 'wonderland', nonce, memory: 8, passes: 1, parallelism: 1, tagLength: 32 });
  const base64 = (octets: Buffer): string => octets.toString('base64').replace(/=+$/, '');
  const hash = `$argon2id$v=19$m=8,t=1,p=1$${base64(nonce)}$${base64(tag)}`;
  const world = await openEmbeddedWorld({ dataDir });
  try {
    for (let i = 0; i < count; i += 100)
      await Promise.all(Array.from({ length: Math.min(100, count - i) }, (_, j) => addAccount(world.accounts, `user-${i + j}`, hash)));
  } finally {
    await world.close();
  }
}

async function addAccount(accounts: Awaited<ReturnType<typeof openEmbeddedWorld>>['accounts'], name: string, hash: string): Promise<void> {
  const id = parseAccountId(`${name}@example.test`);
  if (id === undefined) throw new Error(`${name} can't be an account`);
  await accounts.add(id, hash);
}

const portOf = (protocol: Protocol, kind: Kind): PortName =>
  kind === 'plain' || protocol === 'smtp' ? `${protocol}/port` : `${protocol}/tls-port`;

const kb = (octets: number): string => (octets / 1024).toFixed(1);

async function perSession(kind: Kind, pid: number, port: number, { idling, atOnce }: Pick<Idler, 'idling' | 'atOnce'>): Promise<Memory> {
  const dial = (): Socket =>
    kind === 'plain' ? connect(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const sockets: Socket[] = [];
  const addMore = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += atOnce) {
      const batch = Array.from({ length: atOnce }, dial);
      const first = sockets.length;
      sockets.push(...batch);
      await Promise.all(batch.map((socket, j) => idle(socket, idling(first + j))));
    }
  };
  await addMore(sessions[kind] / 2); // the heap has grown to its working size: what the next ones add is theirs
  const before = await memoryAfterGc(pid);
  await addMore(sessions[kind]);
  const after = await memoryAfterGc(pid);
  const closed = sockets.map((socket) => once(socket, 'close'));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  const each = (name: keyof Memory): number => (after[name] - before[name]) / sessions[kind];
  return { resident: each('resident'), held: each('held') };
}

async function idle(socket: Socket, idling: Idling): Promise<void> {
  socket.setEncoding('latin1');
  for (const [line, answer] of idling) {
    const answered = until(socket, answer);
    if (line !== '') socket.write(`${line}\r\n`);
    await answered;
  }
  socket.resume();
}

function until(socket: Socket, answer: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: string): void => {
      text += chunk;
      if (!text.split('\r\n').some((line) => line.startsWith(answer))) return;
      socket.off('data', take);
      resolve();
    };
    socket.on('data', take).once('error', reject);
    socket.once('close', () => reject(new Error(`closed while waiting for ${answer}, after ${text}`)));
  });
}
