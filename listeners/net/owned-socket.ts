import type { Socket } from 'node:net';
import { ignoreError } from './tls-handshake.ts';

/** Who is told what happens on a socket. */
export interface SocketOwner {
  onOctets(chunk: Buffer): void;
  /** The client sends no more. */
  onEnd(): void;
  onDrain(): void;
  onClose(): void;
}

const owner = Symbol('owner');
type OwnedSocket = Socket & { [owner]?: SocketOwner | undefined };

/** Listens through functions that all sockets share: four closures per connection would cost more than the connection itself. */
export function ownSocket(socket: Socket, by: SocketOwner): void {
  (socket as OwnedSocket)[owner] = by;
  socket.on('data', onData).on('end', onEnd).on('drain', onDrain).on('close', onClose).on('error', ignoreError);
}

/** Errors stay ignored, as they may still come. */
export function disownSocket(socket: Socket): void {
  (socket as OwnedSocket)[owner] = undefined;
  socket.off('data', onData).off('end', onEnd).off('drain', onDrain).off('close', onClose);
}

function onData(this: OwnedSocket, chunk: Buffer): void {
  this[owner]?.onOctets(chunk);
}

function onEnd(this: OwnedSocket): void {
  this[owner]?.onEnd();
}

function onDrain(this: OwnedSocket): void {
  this[owner]?.onDrain();
}

function onClose(this: OwnedSocket): void {
  this[owner]?.onClose();
}
