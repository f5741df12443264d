import type { Socket } from 'node:net';

/** Time for what was written to leave, and then for the client to close its side, in ms. */
const flushTime = 20_000;
const lingerTime = 2_000;

/**
 * Sends what was written and half-closes, so that the client reads our last words even when it has sent something we never read (a
 * close with unread octets is a reset, and a reset may overtake the text). Does not wait for ever.
 */
export function closeGently(socket: Socket): void {
  if (socket.destroyed) return;
  socket.resume(); // what still comes is thrown away, up to the client's own end
  const giveUp = (): unknown => socket.destroy();
  let timer = setTimeout(giveUp, flushTime).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.end(() => {
    clearTimeout(timer);
    if (!socket.destroyed) timer = setTimeout(giveUp, lingerTime).unref();
  });
}
