import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { findSockets, makeSocketPlace } from './run-dir.ts';

/** What an operator's command may ask of a running process. */
export interface ProcessRequest {
  readonly ask: 'sessions';
}

/** One session as `mailweir sessions` shows it. */
export interface SessionFacts {
  readonly id: string;
  readonly protocol: string;
  readonly address: string;
  readonly account?: string;
  /** ms since the epoch. */
  readonly since: number;
  /** `IDLE INBOX`, `FETCH`. */
  readonly doing: string;
  /** Process id. */
  readonly process: number;
}

const longestRequest = 4096; // octets
const patience = 5_000; // ms

/**
 * Answers operators' commands on a unix socket of this process: one JSON line asks, one JSON line per session answers, `{"end":true}` is
 * the last. Only this user can reach it (0700 directory).
 */
export async function openProcessSocket(dataDir: string, sessions: () => Iterable<SessionFacts>): Promise<{ close(): Promise<void> }> {
  const place = await makeSocketPlace(dataDir, process.pid);
  const server = net.createServer((socket) => answer(socket, sessions));
  // exclusive: a worker of a cluster listens itself, or the primary would hold the socket for it.
  server.listen({ path: place.path, exclusive: true });
  await once(server, 'listening');
  await chmod(place.path, 0o600);
  server.unref();
  return {
    close: async () => {
      server.close();
      await place.remove();
    },
  };
}

function answer(socket: net.Socket, sessions: () => Iterable<SessionFacts>): void {
  let request = '';
  socket.setEncoding('utf8').setTimeout(patience, () => socket.destroy());
  socket.on('error', () => {}); // the operator's command went away
  socket.on('data', (text: string) => {
    request += text;
    if (request.length > longestRequest) socket.destroy();
    if (!request.includes('\n')) return;
    socket.removeAllListeners('data').resume();
    socket.end(isSessionsRequest(request) ? lines([...sessions(), { end: true }]) : lines([{ fault: 'unknown request' }, { end: true }]));
  });
}

const lines = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');

function isSessionsRequest(text: string): boolean {
  const request = parsed(text);
  return request?.ask === 'sessions';
}

/** Asks every process on this data directory. One that does not answer in time, or ends meanwhile, is left out. */
export async function askProcesses(dataDir: string, request: ProcessRequest): Promise<readonly SessionFacts[]> {
  const sockets = await findSockets(dataDir);
  const answers = await Promise.all(sockets.map((path) => askOne(path, request)));
  return answers.flat();
}

async function askOne(path: string, request: ProcessRequest): Promise<readonly SessionFacts[]> {
  const socket = net.connect({ path });
  socket.setTimeout(patience, () => socket.destroy());
  const facts: SessionFacts[] = [];
  try {
    await once(socket, 'connect');
    socket.write(lines([request]));
    for await (const line of createInterface({ input: socket })) {
      const session = sessionFacts(parsed(line));
      if (session !== undefined) facts.push(session);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes(code)) throw error;
  } finally {
    socket.destroy();
  }
  return facts;
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function sessionFacts(value: Readonly<Record<string, unknown>> | undefined): SessionFacts | undefined {
  const { id, protocol, address, account, since, doing, process } = value ?? {};
  const isComplete =
    typeof id === 'string' &&
    typeof protocol === 'string' &&
    typeof address === 'string' &&
    typeof since === 'number' &&
    typeof doing === 'string';
  if (!isComplete || typeof process !== 'number') return undefined;
  return { id, protocol, address, since, doing, process, ...(typeof account === 'string' ? { account } : {}) };
}
