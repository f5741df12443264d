import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli } from '../cli/run-cli.ts';
import type { Client } from '../harness/client.ts';
import { type Edge, startEdge, until } from '../harness/edge.ts';

const list = 'list@example.org';

/** Operators have the archive of a mailing list made so: one mailbox, one alias, two settings. */
async function openArchive(t: Parameters<typeof startEdge>[0]): Promise<Edge> {
  const edge = await startEdge(t, {
    settings: { 'imap/login-anonymous': 'on', 'pop3/login-anonymous': 'on', 'pop3/anonymous-mailbox': 'list' },
  });
  assert.equal(await mailweir(edge, 'public', 'add', 'list'), 'added #public/list\n');
  assert.equal(await mailweir(edge, 'alias', 'add', list, '#public/list'), `added ${list} for #public/list\n`);
  return edge;
}

async function mailweir(edge: Edge, noun: string, verb: string, ...words: readonly string[]): Promise<string> {
  const { code, out, err } = await runCli([noun, verb, '--data', edge.dataDir, ...words]);
  assert.equal(code, 0, err);
  return out;
}

/** From anywhere in the world, by SMTP. */
async function post(edge: Edge, subject: string, text: string): Promise<void> {
  const far = await edge.client('smtp');
  await far.expect('220 *');
  await far.ask('HELO elsewhere.example', '250 *');
  await far.ask('MAIL FROM:<bob@elsewhere.example>', '250 *');
  await far.ask(`RCPT TO:<${list}>`, '250 *');
  await far.ask('DATA', '354 *');
  for (const line of ['From: bob@elsewhere.example', `To: ${list}`, `Subject: ${subject}`, '', text]) far.send(line);
  await far.ask('.', '250 *');
  far.close();
}

const toldBefore = (line: string): boolean => !/^\w+ (OK|NO|BAD) /.test(line);

async function inImap(guest: Client, command: string, last: string): Promise<string> {
  const from = guest.transcript.length;
  guest.send(command);
  await guest.expect(last, new Map(), toldBefore);
  return guest.transcript.slice(from + 1).join('\n');
}

async function guestOfImap(edge: Edge): Promise<Client> {
  const guest = await edge.client('imap', { name: 'guest' });
  await guest.expect('* OK *');
  await inImap(guest, 'a1 LOGIN anonymous reader@elsewhere.example', 'a1 OK *');
  return guest;
}

async function guestOfPop3(edge: Edge, found: string): Promise<Client> {
  const guest = await edge.client('pop3', { name: 'guest' });
  await guest.expect('+OK *');
  await guest.ask('USER anonymous', '+OK *');
  await guest.ask('PASS reader@elsewhere.example', found);
  return guest;
}

describe('the archive of a mailing list', () => {
  it('takes what is mailed to the list, and everybody reads it without a name, by IMAP and by POP3', async (t) => {
    const edge = await openArchive(t);
    const reader = await guestOfImap(edge);
    await inImap(reader, 'a2 SELECT #public/list', 'a2 OK [READ-ONLY] *');
    await reader.ask('a3 IDLE', '+ *');
    await post(edge, 'Tea at four', 'Who brings the cake?');
    await reader.expect('* 1 EXISTS');
    await inImap(reader, 'DONE', 'a3 OK *');
    const message = await inImap(reader, 'a4 FETCH 1 BODY[]', 'a4 OK *');
    assert.match(message, /Return-Path: <bob@elsewhere\.example>/);
    assert.match(message, /Subject: Tea at four\n.*\n.*Who brings the cake\?/);
    assert.match(await inImap(reader, 'a5 FETCH 1 FLAGS', 'a5 OK *'), /1 FETCH \(FLAGS \((?!.*Seen)/);

    const other = await guestOfPop3(edge, '+OK Maildrop has 1 messages *');
    await other.ask('RETR 1', '+OK *');
    const lines = await other.multiline();
    assert.ok(lines.includes('Subject: Tea at four') && lines.at(-1) === 'Who brings the cake?', lines.join('\n'));
    await other.ask('DELE 1', '-ERR [SYS/PERM] This maildrop is read-only');
    await other.ask('QUIT', '+OK *');
    assert.deepEqual(JSON.parse(await mailweir(edge, 'public', 'list', '--json')), [{ mailbox: 'list', messages: 1, anyone: 'lr' }]);
    assert.deepEqual(edge.failures, []);
  });

  it('is shut by the operator for who has no name, and takes mail on for those who have one', async (t) => {
    const edge = await openArchive(t);
    const reader = await guestOfImap(edge);
    await inImap(reader, 'a2 SELECT #public/list', 'a2 OK [READ-ONLY] *');
    await reader.ask('a3 IDLE', '+ *');
    await mailweir(edge, 'rights', 'set', 'public', 'list', '--', '-anonymous', 'lr');
    await post(edge, 'Among ourselves', 'Nobody else is to read this.');
    await reader.expect('* BYE The selected mailbox was deleted');
    await reader.expect('a3 NO *');
    await reader.expectClosed();
    await guestOfPop3(edge, '-ERR [SYS/PERM] Nothing is public here');

    const alice = await edge.client('imap');
    await alice.expect('* OK *');
    await inImap(alice, 'b1 LOGIN alice secret', 'b1 OK *');
    await until('the message to be there', async () =>
      (await inImap(alice, 'b2 STATUS #public/list (MESSAGES)', 'b2 OK *')).includes('(MESSAGES 1)'),
    );
  });
});
