// A bare socket that answers each line with the octets a mail server would send, and does nothing else: the ceiling of an IMAP or POP3 cycle.
import { createServer } from 'node:net';

const body = `${'A line of text, as people write them, about so long.\r\n'.repeat(40)}`;
const answers: Readonly<Record<string, readonly [greeting: string, reply: (line: string) => string]>> = {
  imap: [
    '* OK ready\r\n',
    (line) => {
      const [tag = '', verb = ''] = line.split(' ');
      if (verb === 'FETCH' && line.includes('BODY')) return `* 1 FETCH (BODY[] {${body.length}}\r\n${body})\r\n${tag} OK done\r\n`;
      if (verb === 'FETCH')
        return `${Array.from({ length: 20 }, (_, i) => `* ${i + 1} FETCH (UID ${i + 1} FLAGS ())\r\n`).join('')}${tag} OK done\r\n`;
      return `* FLAGS (\\Seen)\r\n* 20 EXISTS\r\n${tag} OK done\r\n`;
    },
  ],
  pop3: [
    '+OK ready\r\n',
    (line) => {
      if (line.startsWith('RETR')) return `+OK\r\n${body}.\r\n`;
      return line.startsWith('UIDL')
        ? `+OK\r\n${Array.from({ length: 20 }, (_, i) => `${i + 1} 1-${i + 1}\r\n`).join('')}.\r\n`
        : '+OK\r\n';
    },
  ],
};

const [greeting, reply] = answers[process.argv[2] ?? ''] ?? ['', () => ''];
const server = createServer({ noDelay: true }, (socket) => {
  socket.setEncoding('latin1').on('error', () => undefined);
  socket.write(greeting);
  socket.on('data', (text: string) => {
    for (const line of text.split('\r\n')) if (line !== '') socket.write(reply(line), 'latin1');
    if (/LOGOUT|QUIT/.test(text)) socket.end();
  });
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as { port: number }).port}`));
