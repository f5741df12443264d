import { once } from 'node:events';
import net from 'node:net';
import type { EventLog } from '../../core/observe/event-log.ts';

export interface HealthOptions {
  readonly bind: string;
  /** 0 = any free one. */
  readonly port: number;
  /** May this process admit sessions? */
  readonly serves: () => boolean;
  readonly log: EventLog;
  /** ms between looks at `serves`. @default 1000 */
  readonly lookEvery?: number;
}

export interface Health {
  readonly port: number;
  /** Is closed from now on. */
  close(): void;
}

/** Whoever looks and says nothing is let go after this time, ms. */
const patience = 2_000;
const mostAtOnce = 64;
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/**
 * The port a balancer looks at: it takes connections while the process serves, and none otherwise. A look holds no slot and no session.
 * The kernel alone would go on to take connections for a process that hangs; so whoever asks in HTTP gets an answer too, which takes the process.
 */
export async function openHealth({ bind, port, serves, log, lookEvery = 1000 }: HealthOptions): Promise<Health> {
  let server: net.Server | undefined = await listen(bind, port);
  const { port: own } = server.address() as net.AddressInfo;
  let opening = false;
  let closed = false;
  const shut = (): void => {
    server?.close();
    server = undefined;
  };
  const reopen = async (): Promise<void> => {
    opening = true;
    try {
      const opened = await listen(bind, own);
      if (closed) opened.close();
      else server = opened;
    } catch (error) {
      log.failure('health-failed', error);
    }
    opening = false;
  };
  const look = (): void => {
    if (!serves()) shut();
    else if (server === undefined && !opening) void reopen();
  };
  const timer = setInterval(look, lookEvery).unref();
  return {
    port: own,
    close() {
      closed = true;
      clearInterval(timer);
      shut();
    },
  };
}

async function listen(host: string, port: number): Promise<net.Server> {
  const server = net.createServer(look);
  server.maxConnections = mostAtOnce;
  server.listen({ host, port });
  await once(server, 'listening');
  server.on('error', () => {}); // a failed accept (no descriptors left) loses that look
  return server.unref();
}

function look(socket: net.Socket): void {
  socket.on('error', () => {}); // whoever looked is gone
  socket.setTimeout(patience, () => socket.destroy()).unref();
  socket.once('data', () => socket.end(answer));
  socket.resume();
}
