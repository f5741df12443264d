import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { type FactsOf, isQuestion, parsedObject, parseFacts, type Question } from './process-facts.ts';
import { findSockets, makeSocketPlace } from './run-dir.ts';

/** What a process answers, asked when the question comes. */
export type Answers = { readonly [Q in Question]: () => Iterable<FactsOf[Q]> };

const longestRequest = 4096; // octets
const patience = 5_000; // ms

/**
 * Answers operators' commands on a unix socket of this process: one JSON line asks, one JSON line per fact answers, `{"end":true}` is
 * the last. Only this user can reach it (0700 directory).
 */
export async function openProcessSocket(dataDir: string, answers: Answers): Promise<{ close(): Promise<void> }> {
  const place = await makeSocketPlace(dataDir, process.pid);
  const server = net.createServer((socket) => answer(socket, answers));
  // exclusive: a worker of a cluster listens itself, or the primary would hold the socket for it.
  server.listen({ path: place.path, exclusive: true });
  await once(server, 'listening');
  server.on('error', () => {}); // a failed accept (no descriptors left) loses that question, not the process
  await chmod(place.path, 0o600);
  server.unref();
  return {
    close: async () => {
      server.close();
      await place.remove();
    },
  };
}

function answer(socket: net.Socket, answers: Answers): void {
  let request = '';
  socket.setEncoding('utf8').setTimeout(patience, () => socket.destroy());
  socket.on('error', () => {}); // the operator's command went away
  socket.on('data', (text: string) => {
    request += text;
    if (request.length > longestRequest) socket.destroy();
    if (!request.includes('\n')) return;
    socket.removeAllListeners('data').resume();
    const question = parsedObject(request)?.ask;
    socket.end(lines([...(isQuestion(question) ? answers[question]() : [{ fault: 'unknown request' }]), { end: true }]));
  });
}

const lines = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');

/** Asks every process on this data directory. One that does not answer in time, or ends meanwhile, is left out. */
export async function askProcesses<Q extends Question>(dataDir: string, question: Q): Promise<readonly FactsOf[Q][]> {
  const sockets = await findSockets(dataDir);
  const answers = await Promise.all(sockets.map((path) => askOne(path, question)));
  return answers.flat();
}

async function askOne<Q extends Question>(path: string, question: Q): Promise<readonly FactsOf[Q][]> {
  const socket = net.connect({ path });
  socket.setTimeout(patience, () => socket.destroy());
  const facts: FactsOf[Q][] = [];
  try {
    await once(socket, 'connect');
    socket.write(lines([{ ask: question }]));
    for await (const line of createInterface({ input: socket })) {
      const fact = parseFacts[question](parsedObject(line));
      if (fact !== undefined) facts.push(fact);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes(code)) throw error;
  } finally {
    socket.destroy();
  }
  return facts;
}
