// Sockets that are open and do nothing, plain and TLS: what an idle session stands on.
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

// Certificate and key stand in one file, as ours does.
const pem = readFileSync(process.argv[2] ?? '');
const hold = (socket: Socket): void => {
  socket.on('data', () => undefined).on('error', () => undefined);
  socket.write('* OK ready\r\n');
};

const plain = createServer(hold).listen(0, '127.0.0.1', () => {
  const tls = createTlsServer({ cert: pem, key: pem }, hold).listen(0, '127.0.0.1', () => {
    console.log(`ready ${(plain.address() as { port: number }).port} ${(tls.address() as { port: number }).port}`);
  });
});
