import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryData } from './run-cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const launcher = join(root, 'bin/mailweir.js');

/** A Node of this machine that is too old to run TypeScript. */
function olderNode(): string | undefined {
  const dirs = (process.env.PATH ?? '').split(delimiter).filter((dir) => !dir.startsWith(root));
  const nodes = dirs.map((dir) => join(dir, 'node')).filter(existsSync);
  return nodes.find((node) => Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1] ?? 24) < 24);
}
const older = olderNode();
const nodes = [
  { name: 'the Node of the project', node: process.execPath, skip: false as const },
  { name: 'an older Node', node: older ?? '', skip: older === undefined && 'no Node before 24 is installed' },
];

const noPorts = ['smtp', 'msa', 'pop3', 'imap'].flatMap((protocol) => ['--set', `${protocol}/enabled=off`]);

for (const { name, node, skip } of nodes) {
  describe(`the launcher on ${name}`, { skip }, () => {
    it('passes on what is said, what is asked on stdin, and the exit code', async (t) => {
      const data = await temporaryData(t);
      const run = (args: readonly string[], input = '') => spawnSync(node, [launcher, ...args], { input, encoding: 'utf8' });
      assert.match(run(['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
      assert.equal(run(['account', 'add', 'alice@example.org', '--data', data], 'secret\n').stdout, 'added alice@example.org\n');
      assert.equal(run(['account', 'add', 'alice@example.org', '--data', data], 'secret\n').status, 3);
      assert.equal(run(['account', 'add', 'nobody']).status, 2);
    });

    it('passes on the signal that ends a server, and tells of its end', async (t) => {
      const data = await temporaryData(t);
      const server = spawn(node, [launcher, 'serve', '--data', data, ...noPorts], { stdio: ['ignore', 'pipe', 'ignore'] });
      t.after(async () => void server.kill('SIGKILL'));
      for await (const line of createInterface({ input: server.stdout })) if (line.startsWith('ready')) break;
      server.kill('SIGTERM');
      assert.deepEqual(await once(server, 'exit'), [0, null]);
    });
  });
}

describe('the launcher', () => {
  it('works where it may not write, and where Node 24 was not installed says what to do', { skip: older === undefined }, async (t) => {
    const elsewhere = join(await temporaryData(t), 'mailweir');
    await mkdir(elsewhere);
    await cp(join(root, 'bin'), join(elsewhere, 'bin'), { recursive: true });
    await cp(join(root, 'package.json'), join(elsewhere, 'package.json'));
    const { status, stderr } = spawnSync(older ?? '', [join(elsewhere, 'bin/mailweir.js'), '--version'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /^mailweir: Node \S+ is too old .*\n {2}npm ci installs it/);

    await mkdir(join(elsewhere, 'node_modules'));
    await symlink('/dev/null', join(elsewhere, 'node_modules/.cache')); // nothing can be made in there
    for (const room of ['cli', 'core', 'listeners']) await symlink(join(root, room), join(elsewhere, room));
    const { NODE_COMPILE_CACHE: _, ...env } = process.env;
    const told = spawnSync(process.execPath, [join(elsewhere, 'bin/mailweir.js'), '--version'], { encoding: 'utf8', env });
    assert.deepEqual([told.status, told.stderr], [0, '']);
  });
});
