import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A delivery agent that takes all it is handed by LMTP (RFC 2033) on loopback, from `unknown` too, as getmail calls who sent a message. */
export interface LmtpReceiver {
  readonly port: number;
  /** What came since it was asked last, latin1 octets. */
  taken(): readonly string[];
  stop(): Promise<void>;
}

export async function startLmtpReceiver(): Promise<LmtpReceiver> {
  const messages: string[] = [];
  const server = createServer({ noDelay: true }, (socket) => serve(socket, (message) => void messages.push(message)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    taken: () => messages.splice(0),
    stop: () => new Promise<void>((stopped) => void server.close(() => stopped())),
  };
}

const replies: Readonly<Record<string, string>> = { LHLO: '250-agent\r\n250 8BITMIME', DATA: '354 Go on', QUIT: '221 Bye' };

/** One recipient for each message. */
function serve(socket: Socket, take: (message: string) => void): void {
  let held = '';
  let inMessage = false;
  const next = (): boolean => {
    const mark = inMessage ? '\r\n.\r\n' : '\r\n';
    const end = held.indexOf(mark);
    if (end < 0) return false;
    const text = held.slice(0, end);
    held = held.slice(end + mark.length);
    if (inMessage) take(`${text.replace(/^\./gm, '')}\r\n`);
    const verb = inMessage ? '' : text.slice(0, 4).toUpperCase();
    inMessage = verb === 'DATA';
    socket.write(`${replies[verb] ?? '250 Taken'}\r\n`);
    return true;
  };
  socket.on('error', () => undefined); // the client goes away as it likes
  socket.write('220 agent\r\n');
  socket.setEncoding('latin1').on('data', (text: string) => {
    held += text;
    while (next());
  });
}
