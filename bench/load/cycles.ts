import { LineClient } from './line-client.ts';

/** Plays a protocol as a client does, `more()` times. @param more takes one from what is left to do; false when nothing is */
export type Player = (port: number, more: () => boolean) => Promise<void>;

/** One session from connect to close. */
type Cycle = (port: number) => Promise<void>;

const sessionEach =
  (cycle: Cycle): Player =>
  async (port, more) => {
    while (more()) await cycle(port);
  };

const message = `From: bench@elsewhere.example\r\nTo: alice@example.test\r\nSubject: bench\r\nDate: Sat, 21 Nov 2026 10:11:12 +0000\r\nMessage-ID: <b@elsewhere.example>\r\n\r\n${'A line of text, as people write them, about so long.\r\n'.repeat(36)}`;

async function greeted(port: number): Promise<LineClient> {
  const client = new LineClient(port);
  await client.until(/^220 /m);
  await client.ask('EHLO bench.example\r\n', /^250 /m);
  return client;
}

async function sendMessage(client: LineClient): Promise<void> {
  await client.ask('MAIL FROM:<bench@elsewhere.example>\r\n', /^250 /m);
  await client.ask('RCPT TO:<alice@example.test>\r\n', /^250 /m);
  await client.ask('DATA\r\n', /^354 /m);
  await client.ask(`${message}.\r\n`, /^250 /m);
}

async function quit(client: LineClient): Promise<void> {
  await client.ask('QUIT\r\n', /^221 /m);
  await client.end();
}

/** One message of 2 KB a session. */
export const smtpSessions: Player = sessionEach(async (port) => {
  const client = await greeted(port);
  await sendMessage(client);
  await quit(client);
});

/** Messages of 2 KB, one after the other over one session, as a relay with a queue sends them. */
export const smtpMessages: Player = async (port, more) => {
  const client = await greeted(port);
  while (more()) await sendMessage(client);
  await quit(client);
};

/** Login, select, flags of all, the last message whole. */
export const imapSessions: Player = sessionEach(async (port) => {
  const client = new LineClient(port);
  await client.until(/^\* OK /m);
  await client.ask('a LOGIN alice@example.test wonderland\r\n', /^a OK /m);
  await client.ask('b SELECT INBOX\r\n', /^b OK /m);
  await client.ask('c FETCH 1:* (UID FLAGS)\r\n', /^c OK /m);
  await client.ask('d FETCH 1 BODY.PEEK[]\r\n', /^d OK /m);
  await client.ask('e LOGOUT\r\n', /^e OK /m);
  await client.end();
});

/** Login, list, first message. */
export const pop3Sessions: Player = sessionEach(async (port) => {
  const client = new LineClient(port);
  await client.until(/^\+OK/m);
  await client.ask('USER alice@example.test\r\n', /^\+OK/m);
  await client.ask('PASS wonderland\r\n', /^\+OK/m);
  await client.ask('UIDL\r\n', /^\.\r\n/m);
  await client.ask('RETR 1\r\n', /^\.\r\n/m);
  await client.ask('QUIT\r\n', /^\+OK/m);
  await client.end();
});
