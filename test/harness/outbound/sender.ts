import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpoolRow } from '../../../core/delivery/spool.ts';
import { systemClock } from '../../../platform/node/clock.ts';
import type { Elsewhere } from '../elsewhere/elsewhere.ts';
import { type OpenSender, openSender, type SenderOptions } from './open-sender.ts';
import { alice, inboxTexts, spoolMessage, type ToSpool } from './spooled.ts';

const patience = 60_000; // ms; nothing is proven by how fast it is

/** A process of ours that delivers, inside the test's own. Its clock can be put forward. */
export class Sender {
  readonly #sender: OpenSender;
  readonly #ahead: { ms: number };
  readonly dataDir: string;
  readonly events: (readonly [name: string, fields: unknown])[];

  static async open(
    t: { after(run: () => Promise<void>): void },
    elsewhere: Elsewhere,
    options: Partial<SenderOptions> = {},
  ): Promise<Sender> {
    const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-sender-'));
    const ahead = { ms: 0 };
    const clock = { ...systemClock, now: () => Date.now() + ahead.ms };
    const events: Sender['events'] = [];
    const tell = (name: string, fields: unknown): void => void events.push([name, fields]);
    const opened = await openSender({ dataDir, dns: elsewhere.dns.address, port: elsewhere.port, ...options }, tell, clock);
    t.after(async () => {
      await opened.close();
      await rm(dataDir, { recursive: true, force: true });
    });
    await opened.world.accounts.add(alice, 'x');
    return new Sender(opened, dataDir, ahead, events);
  }

  private constructor(sender: OpenSender, dataDir: string, ahead: { ms: number }, events: Sender['events']) {
    this.#sender = sender;
    this.dataDir = dataDir;
    this.#ahead = ahead;
    this.events = events;
  }

  get world(): OpenSender['world'] {
    return this.#sender.world;
  }

  get runner(): OpenSender['runner'] {
    return this.#sender.runner;
  }

  /** Puts messages into the spool; nobody is woken. */
  async spool(...messages: readonly ToSpool[]): Promise<readonly SpoolRow[]> {
    const rows = await Promise.all(messages.map((one) => spoolMessage(this.world, one)));
    return rows.flat();
  }

  /** Tells the workers of these rows. */
  wake(rows: readonly SpoolRow[]): void {
    this.#sender.runner.wake(rows);
  }

  async send(...messages: readonly ToSpool[]): Promise<readonly SpoolRow[]> {
    const rows = await this.spool(...messages);
    this.wake(rows);
    return rows;
  }

  rows(): Promise<readonly SpoolRow[]> {
    return this.world.spool.list({ limit: 1000 });
  }

  /** What alice was sent: reports on her messages. */
  inbox(): Promise<readonly string[]> {
    return inboxTexts(this.world);
  }

  /** @returns the row once something was said of it; undefined when it is gone */
  async afterAttempt({ id }: SpoolRow): Promise<SpoolRow | undefined> {
    let row: SpoolRow | undefined;
    await until(`the attempt at ${id} to end`, async () => {
      row = await this.world.spool.get(id);
      return row === undefined || (row.lastError !== undefined && row.claimedBy === undefined);
    });
    return row;
  }

  /** What is due after so long is due now. */
  putForward(ms: number): void {
    this.#ahead.ms += ms;
  }
}

export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((again) => setTimeout(again, 10));
  }
}
