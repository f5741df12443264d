import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ToyClient } from './toy.ts';

const script = fileURLToPath(new URL('./toy-process.ts', import.meta.url));
/** High enough for released slots to linger in the process that has them. */
const limit = 8;

interface Toy {
  readonly child: ChildProcess;
  readonly port: number;
}

describe('a login above the limit of its account, with drop-oldest-idle', () => {
  let dataDir: string;
  let [kitchen, cellar]: (Toy | undefined)[] = [];
  const clients: ToyClient[] = [];
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
    [kitchen, cellar] = await Promise.all([start(dataDir), start(dataDir)]);
  });
  after(async () => {
    for (const { socket } of clients) socket.destroy();
    for (const { child } of [kitchen, cellar].filter((one) => one !== undefined)) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  const connect = async (toy: Toy | undefined): Promise<ToyClient> => {
    const client = await ToyClient.open(toy?.port ?? 0);
    clients.push(client);
    assert.equal(await client.line(), 'hello');
    return client;
  };
  const logIn = async (toy: Toy | undefined): Promise<ToyClient> => {
    const client = await connect(toy);
    assert.equal(await client.ask('login alice@example.org right'), 'ok');
    return client;
  };

  it('ends the session that rests longest in whatever process it is, one in IDLE first, none in the midst of a command', async () => {
    const busy = await logIn(kitchen); // older than all others
    busy.socket.write('hang\r\n');
    const phone = await logIn(kitchen);
    const desktops = await Promise.all(Array.from({ length: limit - 3 }, () => logIn(cellar)));
    for (const desktop of desktops) desktop.socket.write('hang\r\n');
    const tablet = await logIn(kitchen);
    assert.equal(await tablet.ask('idle'), 'idle');

    const laptop = await logIn(cellar);
    assert.equal(await tablet.line(), 'bye replaced', 'it idles in the other process');
    const watch = await logIn(cellar);
    assert.equal(await phone.line(), 'bye replaced', 'it rests longest of those that do not idle');
    assert.equal(await laptop.ask('still'), 'still');

    for (const client of [laptop, watch]) client.socket.write('hang\r\n');
    await new Promise((resolve) => setTimeout(resolve, 100)); // until they are in the midst of it
    const late = await connect(kitchen);
    assert.equal(await late.ask('login alice@example.org right'), `account-full ${limit}/${limit}`, 'nobody rests');
    assert.equal(await late.ask('still'), 'still');
  });

  it('is not held up by a process that stands still', async () => {
    kitchen?.child.kill('SIGSTOP');
    const late = await connect(cellar);
    assert.equal(await late.ask('login alice@example.org right'), `account-full ${limit}/${limit}`);
    kitchen?.child.kill('SIGCONT');
  });
});

async function start(dataDir: string): Promise<Toy> {
  const settings = { 'imap/sessions-per-account': limit, 'imap/sessions-per-account/when-full': 'drop-oldest-idle' };
  const child = spawn(process.execPath, [script, dataDir, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(line.toString()) };
}
