import net from 'node:net';
import type { Asking } from '../../core/observe/asking.ts';
import { type FactsOf, parsedObject, parseFacts } from '../../core/observe/process-facts.ts';
import type { Request } from '../../core/observe/process-requests.ts';
import { jsonLines } from './process-socket.ts';
import { findSockets } from './run-dir.ts';

/** Asks every process on this data directory. One that does not answer in time, or ends meanwhile, is left out. */
export async function askProcesses<R extends Request>(
  dataDir: string,
  request: R,
  { within = 2_000, except, only }: Asking = {},
): Promise<readonly FactsOf[R['ask']][]> {
  const sockets = await findSockets(dataDir);
  const asked = sockets.filter(({ pid }) => pid !== except && (only === undefined || pid === only));
  const answers = await Promise.all(asked.map(({ path }) => linesOf(path, jsonLines([request]), within)));
  const parse = parseFacts[request.ask] as (line: ReturnType<typeof parsedObject>) => FactsOf[R['ask']] | undefined;
  return answers.flat().flatMap((line) => parse(parsedObject(line)) ?? []);
}

/** What tells of a process that ended a moment ago, is ending, or stands still with a full line of askers. */
const gone = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'EAGAIN']);

/** @returns the lines that came before the other side closed, or the time was over */
function linesOf(path: string, request: string, within: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect({ path });
    const timer = setTimeout(() => socket.destroy(), within);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!gone.has(error.code ?? '')) reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text.split('\n').slice(0, -1));
    });
    socket.write(request);
  });
}
