import { type ListedMessage, type Maildrop, MaildropFault, MessageRefused, type Uidl } from '../../../core/collect/maildrop-client.ts';
import { faultOf, quoted } from './reply.ts';
import type { Pop3Session } from './session.ts';

/** What is kept in memory of one server's list, and remembered of it. */
export const mostListed = 100_000;

export interface MaildropFacts extends Pick<Maildrop, 'address' | 'connection' | 'loginDelay'> {
  readonly session: Pop3Session;
}

/** A session that is logged in. */
export function openMaildrop({ session, ...facts }: MaildropFacts): Maildrop {
  return {
    ...facts,
    list: () => list(session),
    async *retrieve(number) {
      const reply = await session.command(`RETR ${number}`);
      if (!reply.ok) throw new MessageRefused(`the server refuses message ${number}: ${quoted(reply.text)}`);
      yield* session.body();
    },
    delete: async (number) => (await session.command(`DELE ${number}`)).ok,
    async quit() {
      await session.mustDo('QUIT', 'the server could not delete all messages', 'busy');
      session.close();
    },
    close: () => session.close(),
  };
}

async function list(session: Pop3Session): Promise<readonly ListedMessage[]> {
  const sizes = await sizesOf(session);
  if (sizes.size === 0) return [];
  const reply = await session.command('UIDL');
  // Without names for messages nobody could tell after a crash which of them are here already.
  if (!reply.ok) throw faultOf('the server has no UIDL', reply, 'no-uidl');
  const listed: ListedMessage[] = [];
  for await (const line of session.lines(mostListed)) {
    const [, digits, uidl] = uidlLine.exec(line) ?? [];
    const size = sizes.get(Number(digits));
    if (uidl === undefined) throw new MaildropFault('protocol', `the server lists what is no UIDL: ${quoted(line)}`);
    if (size === undefined) throw new MaildropFault('protocol', `the server names a message it does not have: ${quoted(line)}`);
    sizes.delete(Number(digits)); // one name for each
    listed.push({ number: Number(digits), uidl: uidl as Uidl, size });
  }
  return listed.sort((a, b) => a.number - b.number);
}

/** RFC 1939 has 70 printable characters; some have more, and nothing is lost by taking them. */
const uidlLine = /^(\d{1,9}) +([\x21-\x7e\x80-\xff]{1,250}) *$/;

async function sizesOf(session: Pop3Session): Promise<Map<number, number>> {
  await session.mustDo('LIST', 'the server does not list its messages', 'busy');
  const sizes = new Map<number, number>();
  for await (const line of session.lines(mostListed)) {
    const [, number, size] = /^(\d{1,9}) +(\d{1,15})(?: .*)?$/.exec(line) ?? [];
    if (number === undefined) throw new MaildropFault('protocol', `the server lists what is no message: ${quoted(line)}`);
    sizes.set(Number(number), Number(size));
  }
  return sizes;
}
