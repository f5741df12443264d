import { connect as connectTcp, type Socket } from 'node:net';
import { ConnectFailed, type HostAddress } from '../../core/delivery/transport.ts';

/** @param opened called once it stands. @throws ConnectFailed; the signal's reason */
export function openSocket(to: HostAddress, timeout: number, signal: AbortSignal, opened: () => void = () => {}): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connectTcp({ host: to.ip, port: to.port, noDelay: true });
    const end = (error: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => end(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    const onError = (error: NodeJS.ErrnoException): void =>
      end(new ConnectFailed('connect', error.code ?? error.message, { cause: error }));
    const timer = setTimeout(() => end(new ConnectFailed('connect', `no connection within ${timeout / 1000} s`)), timeout);
    signal.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('connect', () => {
      opened();
      if (signal.aborted) return; // and closed
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      resolve(socket);
    });
  });
}
