import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { RawClient } from '../../test/harness/raw-client.ts';

/** Postfix's own sink: it takes everything, keeps nothing, costs next to no CPU, and counts. */
export class SmtpSink {
  readonly port: number;
  readonly #child: ChildProcess;
  #messages = 0;
  #waiting: { readonly upTo: number; readonly reached: () => void } | undefined;

  static async start(port: number): Promise<SmtpSink> {
    const sink = new SmtpSink(port);
    for (let left = 100; left > 0; left -= 1) {
      const client = await RawClient.open(port).catch(() => undefined);
      client?.destroy();
      if (client !== undefined) return sink;
      await pause(50);
    }
    throw new Error('smtp-sink did not start');
  }

  private constructor(port: number) {
    this.port = port;
    this.#child = spawn('/usr/sbin/smtp-sink', ['-c', '-u', 'postfix', `127.0.0.1:${port}`, '500'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let rest = '';
    this.#child.stdout?.on('data', (octets: Buffer) => {
      const counters = (rest + octets.toString('latin1')).split('\r'); // `sess=1 quit=0 mesg=1`, again and again
      rest = counters.pop() ?? '';
      const counted = /mesg=(\d+)/.exec(counters.at(-1) ?? '');
      if (counted !== null) this.#count(Number(counted[1]));
    });
  }

  /** Waits for messages from now on. @returns messages a second, from the first that comes to the last of so many */
  async rate(many: number): Promise<number> {
    const before = this.#messages;
    await this.#until(before + 1);
    const [began, had] = [performance.now(), this.#messages];
    await this.#until(before + many);
    return ((this.#messages - had) * 1000) / (performance.now() - began);
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await once(this.#child, 'exit');
  }

  #until(upTo: number): Promise<void> {
    if (this.#messages >= upTo) return Promise.resolve();
    return new Promise((reached) => {
      this.#waiting = { upTo, reached };
    });
  }

  #count(messages: number): void {
    this.#messages = messages;
    if (this.#waiting === undefined || messages < this.#waiting.upTo) return;
    this.#waiting.reached();
    this.#waiting = undefined;
  }
}
