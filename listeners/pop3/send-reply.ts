import type { Connection } from '../net/connection.ts';
import type { Pop3Reply } from './reply.ts';
import { DotStuffing } from './wire/dot-stuffing.ts';

/** Octets gathered before they are written: small messages leave in one write, large ones in pieces the client's pace decides. */
const enough = 64 * 1024;

/** Writes a reply with back-pressure. @throws what the connection throws when the client is gone, or the message's source throws */
export async function sendReply(connection: Connection, reply: Pop3Reply): Promise<void> {
  const status = `${reply.status}\r\n`;
  if ('listing' in reply) await sendListing(connection, status, reply.listing);
  else if ('octets' in reply) await sendOctets(connection, status, reply.octets);
  else await connection.write(status);
}

async function sendListing(connection: Connection, status: string, listing: Iterable<string>): Promise<void> {
  let held = status;
  for (const line of listing) {
    held += `${line}\r\n`;
    if (held.length < enough) continue;
    await connection.write(held);
    held = '';
  }
  await connection.write(`${held}.\r\n`);
}

async function sendOctets(connection: Connection, status: string, octets: AsyncIterable<Uint8Array>): Promise<void> {
  const stuffing = new DotStuffing();
  let held: Uint8Array = Buffer.from(status, 'latin1');
  for await (const chunk of octets) {
    const stuffed = stuffing.write(chunk);
    if (held.length + stuffed.length <= enough) {
      held = Buffer.concat([held, stuffed]);
    } else {
      await connection.write(held);
      held = stuffed;
    }
  }
  await connection.write(Buffer.concat([held, Buffer.from(stuffing.end(), 'latin1')]));
}
