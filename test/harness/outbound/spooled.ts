import type { NewSpoolRow, SpoolRow } from '../../../core/delivery/spool.ts';
import type { AccountId, Address, ReversePath } from '../../../core/values/address.ts';
import type { SpoolId } from '../../../core/values/ids.ts';
import type { EmbeddedWorld } from '../../../platform/embedded/world.ts';

export const alice = 'alice@example.org' as AccountId & Address;

export interface ToSpool extends Partial<Omit<NewSpoolRow, 'recipients'>> {
  /** `x@example.net`, one or several, all of one domain. */
  readonly to: string | readonly string[];
  readonly id: string;
  /** Lines of the body, CRLF at the end. */
  readonly text?: string;
}

/** A message from alice in the spool, as submission leaves it there. */
export async function spoolMessage(world: EmbeddedWorld, { to, id, text = 'hello\r\n', ...row }: ToSpool): Promise<readonly SpoolRow[]> {
  const recipients = [to].flat().map((address) => ({ address: address as Address }));
  const domain = (recipients[0]?.address ?? '').split('@').at(-1) ?? '';
  const body = await world.bodies.stage(
    (async function* () {
      yield Buffer.from(`From: <${alice}>\r\nMessage-ID: ${id}\r\nSubject: test\r\n\r\n${text}`, 'latin1');
    })(),
  );
  const whole: NewSpoolRow = {
    nextHop: { kind: 'domain', domain },
    reversePath: alice as ReversePath,
    recipients,
    declared: { eightBit: false, utf8: false },
    submittedBy: alice,
    ...row,
  };
  return world.spool.add(world.newId() as SpoolId, body, [whole], world.clock.now());
}

/** Texts of alice's INBOX, oldest first. */
export async function inboxTexts(world: EmbeddedWorld): Promise<readonly string[]> {
  const inbox = await world.mailboxes.find(alice, 'INBOX');
  const texts: string[] = [];
  if (inbox === undefined) return texts;
  for await (const { body, facts } of world.mailboxes.messages(inbox.id, [{ from: 1, to: 2 ** 32 - 1 }])) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of world.bodies.read(body, 0, facts.size)) chunks.push(chunk);
    texts.push(Buffer.concat(chunks).toString('latin1'));
  }
  return texts;
}
