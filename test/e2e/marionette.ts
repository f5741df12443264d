import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Nothing may leave the machine: whatever is not for 127.0.0.1 goes to a proxy that is not there. */
const quietPreferences: Readonly<Record<string, string | number | boolean>> = {
  'network.proxy.type': 1,
  'network.proxy.socks': '127.0.0.1',
  'network.proxy.socks_port': 9,
  'network.proxy.socks_remote_dns': true,
  'network.proxy.no_proxies_on': '127.0.0.1',
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'app.update.auto': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
  'extensions.update.enabled': false,
  'mail.provider.suppress_dialog_on_startup': true,
  'mail.rights.version': 1,
  'mail.shell.checkDefaultClient': false,
  'mail.spotlight.firstRunDone': true,
  'mailnews.start_page.enabled': false,
  'mail.biff.show_alert': false,
  'mail.server.default.autosync_offline_stores': true,
  'signon.rememberSignons': false,
};

/** A mail program of Mozilla's without a window, told what to do from within by its own remote protocol. */
export class Marionette {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  #last = 0;
  #received = Buffer.alloc(0);
  readonly #waiting = new Map<number, { done(value: unknown): void; failed(error: Error): void }>();

  private constructor(child: ChildProcess, socket: Socket) {
    this.#child = child;
    this.#socket = socket;
    socket.on('data', (octets: Buffer) => this.#receive(octets));
    socket.on('close', () => {
      for (const { failed } of this.#waiting.values()) failed(new Error('the program has gone'));
    });
  }

  /** @param home an empty directory, for its profile */
  static async start(program: string, home: string): Promise<Marionette> {
    const port = await freePort();
    const profile = join(home, 'profile');
    await mkdir(profile, { recursive: true });
    const lines = Object.entries({ ...quietPreferences, 'marionette.port': port });
    await writeFile(
      join(profile, 'user.js'),
      lines.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`).join('\n'),
    );
    const child = spawn(program, ['--headless', '--marionette', '--remote-allow-system-access', '--no-remote', '--profile', profile], {
      stdio: 'ignore',
      env: { ...process.env, HOME: home, MOZ_HEADLESS: '1' },
    });
    const marionette = new Marionette(child, await connected(port, child));
    await marionette.#command('WebDriver:NewSession', { capabilities: { alwaysMatch: { timeouts: { script: 120_000 } } } });
    await marionette.#command('Marionette:SetContext', { value: 'chrome' });
    return marionette;
  }

  /** Runs the body of an async function in the program. @returns what it returns */
  async run<T>(body: string, ...args: readonly unknown[]): Promise<T> {
    const script = `const [args, done] = [[...arguments].slice(0, -1), arguments[arguments.length - 1]];
(async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) + error.stack }));`;
    const answer = (await this.#command('WebDriver:ExecuteAsyncScript', { script, args, newSandbox: true })) as {
      readonly value: { readonly value?: T; readonly error?: string };
    };
    if (answer.value.error !== undefined) throw new Error(answer.value.error);
    return answer.value.value as T;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#command('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => undefined);
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await gone;
    clearTimeout(killer);
    this.#socket.destroy();
  }

  #command(name: string, params: unknown): Promise<unknown> {
    this.#last += 1;
    const text = JSON.stringify([0, this.#last, name, params]);
    this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    const id = this.#last;
    return new Promise((done, failed) => this.#waiting.set(id, { done, failed }));
  }

  #receive(octets: Buffer): void {
    this.#received = Buffer.concat([this.#received, octets]);
    for (;;) {
      const colon = this.#received.indexOf(':');
      const end = colon + 1 + Number(this.#received.subarray(0, colon));
      if (colon === -1 || this.#received.length < end) return;
      const answer = JSON.parse(this.#received.subarray(colon + 1, end).toString());
      this.#received = this.#received.subarray(end);
      if (!Array.isArray(answer)) continue; // the hello
      const [, id, error, value] = answer;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === null) waiting?.done(value);
      else waiting?.failed(new Error(`${error.error}: ${error.message}`));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** @throws when it ends, or does not listen within a minute */
async function connected(port: number, child: ChildProcess): Promise<Socket> {
  for (let left = 240; left > 0 && child.exitCode === null; left -= 1) {
    const socket = connect(port, '127.0.0.1');
    const there = await new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    if (there) return socket;
    await sleep(250);
  }
  child.kill('SIGKILL');
  throw new Error('the program does not take commands');
}
