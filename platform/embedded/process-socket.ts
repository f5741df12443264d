import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import net from 'node:net';
import { parsedObject } from '../../core/observe/process-facts.ts';
import { type Answers, answersTo, parseRequest } from '../../core/observe/process-requests.ts';
import { makeSocketPlace } from './run-dir.ts';

const longestRequest = 4096; // characters
const patience = 5_000; // ms

/**
 * Answers operators' commands and fellow processes on a unix socket of this process: one JSON line asks, one JSON line per fact answers,
 * `{"end":true}` is the last; what cannot be answered is told as `{"fault":…}`. Only this user can reach it (0700 directory).
 */
export async function openProcessSocket(dataDir: string, answers: Answers): Promise<{ close(): Promise<void> }> {
  const place = await makeSocketPlace(dataDir, process.pid);
  const server = net.createServer((socket) => serve(socket, answers));
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

function serve(socket: net.Socket, answers: Answers): void {
  let request = '';
  socket.setEncoding('utf8').setTimeout(patience, () => socket.destroy());
  socket.on('error', () => {}); // whoever asked went away
  socket.on('data', (text: string) => {
    request += text;
    const end = request.indexOf('\n');
    const isTooLong = (end < 0 ? request.length : end) > longestRequest;
    if (end < 0 && !isTooLong) return;
    socket.removeAllListeners('data').resume();
    const facts = isTooLong ? [{ fault: `a request takes at most ${longestRequest} characters` }] : answer(request.slice(0, end), answers);
    socket.end(jsonLines([...facts, { end: true }]));
  });
}

function answer(line: string, answers: Answers): Iterable<object> {
  const request = parseRequest(parsedObject(line));
  if ('fault' in request) return [request];
  try {
    return [...answersTo(answers, request)];
  } catch (error) {
    return [{ fault: `${request.ask} failed: ${String(error)}` }]; // an operator's question must never end the process
  }
}

export const jsonLines = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');
