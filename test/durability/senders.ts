import { RawClient } from '../harness/raw-client.ts';

/** Where a sender connects. */
export interface SenderPlace {
  readonly port: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
}

/** Messages by their subjects: what was offered, and what was answered with 250. */
export class SentMail {
  readonly accepted = new Set<string>();
  readonly offered = new Set<string>();

  /** One after the other to these in turn, one in five large, until `round` is over or the server is gone. */
  async sendUntilDead(place: SenderPlace, name: string, to: readonly string[], round: { readonly over: boolean }): Promise<void> {
    try {
      const client = await RawClient.open(place.port, place.host === undefined ? {} : { to: place.host });
      await client.until(/^220 /m);
      await client.ask('EHLO sender.example\r\n', /^250 /m);
      for (let i = 0; !round.over; i += 1) {
        const one = i % to.length;
        await this.#send(client, to[one] ?? '', `${name}-${i}+${one}`, i % 5 === 4 ? 60_000 : 500);
      }
      client.destroy();
    } catch {
      // The server was killed under it: what got no 250 may be lost.
    }
  }

  async #send(client: RawClient, to: string, id: string, size: number): Promise<void> {
    await client.ask('MAIL FROM:<bob@elsewhere.example>\r\n', /^250 /m);
    await client.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    this.offered.add(id);
    await client.ask(`Subject: ${id}\r\n\r\n${'some text in a line\r\n'.repeat(size / 20)}.\r\n`, /^250 /m);
    this.accepted.add(id);
  }
}
