import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { ReversePath } from '../../core/values/address.ts';
import { parseIp } from '../../core/values/network.ts';
import { listenersEntry } from '../../infra/bundle/bundle.ts';
import { baseImageOctets, prepareImage } from '../../infra/bundle/image.ts';
import { edgePorts, healthPort, talkPort } from '../../platform/aws/edge-ports.ts';
import type { FromChecker, ToChecker } from '../../platform/node/check-sender-worker.ts';
import type { PasswordWork } from '../../platform/node/password-worker.ts';
import { mail } from '../harness/mail.ts';

const mebibyte = 1024 * 1024;

describe('the image of the listeners', () => {
  let dir = '';
  let lines: readonly string[] = [];
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'mailweir-image-'));
    prepareImage(dir);
    lines = readFileSync(join(dir, 'Dockerfile'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const said = (instruction: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

  it('stands on Node 24 alone, from a registry that asks AWS for no credentials', () => {
    assert.deepEqual(said('FROM'), ['public.ecr.aws/docker/library/node:24-slim']);
  });

  it('runs as a user who is not root, and nothing after that says otherwise', () => {
    assert.deepEqual(said('USER'), ['1000:1000']);
    const after = lines.slice(lines.findIndex((line) => line.startsWith('USER')));
    assert.deepEqual(
      after.map((line) => line.split(' ')[0]),
      ['USER', 'EXPOSE', 'ENTRYPOINT'],
    );
  });

  it('exposes the ports that tasks listen on, all of them above 1024', () => {
    const ports = [...Object.values(edgePorts).map(({ container }) => container), healthPort, talkPort];
    assert.deepEqual(said('EXPOSE')[0]?.split(' ').map(Number).toSorted(), ports.toSorted());
    assert.ok(ports.every((port) => port > 1024));
  });

  it('holds the bundle and no secret: neither values given at its build nor files from elsewhere', () => {
    assert.deepEqual(said('COPY'), ['*.mjs *.mjs.map ./']);
    assert.deepEqual(said('ENV'), ['NODE_ENV=production']);
    for (const instruction of ['ARG', 'ADD', 'RUN']) assert.deepEqual(said(instruction), [], instruction);
    const threads = ['check-sender-worker.mjs', 'password-worker.mjs'];
    const files = [listenersEntry, ...threads].flatMap((name) => [name, `${name}.map`]);
    assert.deepEqual(readdirSync(dir).toSorted(), [...files, 'Dockerfile'].toSorted());
  });

  it('starts the bundle as process 1, so that signals reach it', () => {
    assert.deepEqual(said('ENTRYPOINT'), [JSON.stringify(['node', '--enable-source-maps', listenersEntry]).replaceAll(',', ', ')]);
    assert.deepEqual(said('CMD'), []);
  });

  it('has a bundle under 5 MB, and is by estimate under 90 MB to pull', (t) => {
    assert.ok(statSync(join(dir, listenersEntry)).size < 5 * mebibyte);
    const octets = readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    t.diagnostic(`estimated, bundle not compressed: ${((baseImageOctets + octets) / mebibyte).toFixed(1)} MB`);
    assert.ok(baseImageOctets + octets < 90 * mebibyte);
  });

  it('has threads that work as the bundle finds them: one checks passwords, one checks senders', async () => {
    const passwords = new Worker(join(dir, 'password-worker.mjs'));
    passwords.postMessage({ work: 'hash', password: 'secret' } satisfies PasswordWork);
    const [{ answer: phc }] = await once(passwords, 'message');
    assert.match(phc, /^\$argon2id\$/);
    await passwords.terminate();

    const checker = new Worker(join(dir, 'check-sender-worker.mjs'));
    const tell = (message: ToChecker): void => checker.postMessage(message);
    const results = new Promise((resolve) => {
      checker.on('message', (message: FromChecker) => {
        if (message.from === 'question') tell({ to: 'answer', question: message.question, answers: [] });
        if (message.from === 'results') resolve(message.results.methods.map((row) => row.split(' ')[0]));
      });
    });
    const envelope = { host: 'mail.example.org', helo: 'remote.example', client: parseIp('192.0.2.1') ?? assert.fail() };
    tell({ to: 'begin', check: 1, envelope: { ...envelope, reversePath: 'bob@elsewhere.example' as ReversePath } });
    tell({ to: 'write', check: 1, octets: new Uint8Array(mail()) });
    tell({ to: 'end', check: 1 });
    assert.deepEqual(await results, ['dkim=none', 'spf=none', 'dmarc=none']);
    await checker.terminate();
  });

  it('comes from the same octets wherever it is prepared, so that nothing is pushed that did not change', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'mailweir-another-place-'));
    try {
      prepareImage(elsewhere);
      for (const name of readdirSync(dir)) assert.deepEqual(readFileSync(join(elsewhere, name)), readFileSync(join(dir, name)), name);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });
});
