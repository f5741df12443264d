import { unlink } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { bodyPath } from '../files/body-path.ts';
import { commitGroup, type Job } from './group-commit.ts';
import { openForWriting } from './open-database.ts';
import { operations } from './operations.ts';

/** What the thread is started with. */
export interface WriterOptions {
  readonly file: string;
  readonly bodyDir: string;
  /** Marks this writer's rows in `changes`, so that its process does not hear itself. */
  readonly writer: string;
}

const { file, bodyDir, writer } = workerData as WriterOptions;
if (parentPort === null) throw new Error('the writer runs as a worker thread');
const port = parentPort;
const sql = openForWriting(file);
let waiting: Job[] = [];
let scheduled = false;
let closing = false;

port.on('message', take);
port.postMessage('open');

function take(message: readonly Job[] | 'close'): void {
  if (message === 'close') closing = true;
  else waiting.push(...message);
  if (scheduled) return;
  scheduled = true;
  setImmediate(commitWaiting);
}

/** Takes all that has arrived, also what came while the last commit ran: that is what makes the group. */
function commitWaiting(): void {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) take(next.message);
  scheduled = false;
  if (waiting.length > 0) {
    const jobs = waiting;
    waiting = [];
    const committed = commitGroup(sql, operations, jobs, writer);
    port.postMessage(committed);
    // A file that is not removed because the process stops here is found by the sweep of body files.
    for (const id of committed.effects.files) unlink(bodyPath(bodyDir, id), () => {});
  }
  if (closing) {
    sql.close();
    port.close();
  }
}
