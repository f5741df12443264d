import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { serve } from '../test/harness/served.ts';
import { end, type Memory, measured, memoryAfterGc, reference } from './load/child.ts';

const sessions = { plain: 4000, tls: 1000 };
type Kind = keyof typeof sessions;

/** Octets of memory that one idle IMAP session (logged in, INBOX selected, in IDLE) costs, beside a bare idle socket of the same kind. */
export async function benchIdleMemory(): Promise<void> {
  const open = { 'imap/sessions': '0', 'imap/sessions-per-address': '0', 'imap/sessions-per-account': '0' };
  Object.assign(process.env, measured);
  const mail = await serve({ accounts: { 'alice@example.test': 'wonderland' }, set: open });
  const bare = await reference('bare-idle-sockets.ts', [join(mail.dataDir, 'self-signed.pem')]);
  try {
    await print('plain', '≤ 16', mail.pid, mail.ports['imap/port'], bare.child.pid ?? 0, bare.ports[0] ?? 0);
    await print('tls', '≤ 70', mail.pid, mail.ports['imap/tls-port'], bare.child.pid ?? 0, bare.ports[1] ?? 0);
  } finally {
    await end(bare.child);
    await mail.stop();
  }
}

async function print(kind: Kind, aim: string, pid: number, port: number, barePid: number, barePort: number): Promise<void> {
  const ours = await perSession(kind, pid, port, idle);
  const bare = await perSession(kind, barePid, barePort, async (socket) => void (await once(socket, 'data')));
  const beside = (name: keyof Memory): string => `${kb(ours[name])} KB beside ${kb(bare[name])} KB of a bare socket`;
  console.log(
    `memory of an idle IMAP session, ${kind} (aim ${aim} KB): heap and external ${beside('held')}; resident ${beside('resident')}`,
  );
}

const kb = (octets: number): string => (octets / 1024).toFixed(1);

async function perSession(kind: Kind, pid: number, port: number, begin: (socket: Socket) => Promise<void>): Promise<Memory> {
  const dial = (): Socket =>
    kind === 'plain' ? connect(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const sockets: Socket[] = [];
  const addMore = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 50) {
      const batch = Array.from({ length: 50 }, dial);
      sockets.push(...batch);
      await Promise.all(batch.map(begin));
    }
  };
  await addMore(sessions[kind] / 2); // the heap has grown to its working size: what the next ones add is theirs
  const before = await memoryAfterGc(pid);
  await addMore(sessions[kind]);
  const after = await memoryAfterGc(pid);
  for (const socket of sockets) socket.destroy();
  await memoryAfterGc(pid);
  const each = (name: keyof Memory): number => (after[name] - before[name]) / sessions[kind];
  return { resident: each('resident'), held: each('held') };
}

async function idle(socket: Socket): Promise<void> {
  socket.setEncoding('latin1');
  for (const [line, answer] of [
    ['', '* OK'],
    ['a LOGIN alice@example.test wonderland\r\n', 'a OK'],
    ['b SELECT INBOX\r\n', 'b OK'],
    ['c IDLE\r\n', '+ '],
  ] as const) {
    const answered = until(socket, answer);
    if (line !== '') socket.write(line);
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
  });
}
