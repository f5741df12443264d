import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseSourceName, type RunReport, type Source, type SourceFacts, type SourceName } from '../../core/collect/source.ts';
import type { World } from '../../core/world.ts';
import { collected, read } from '../contract/worlds.ts';
import { accountNamed, type Edge, startEdge, until } from '../harness/edge.ts';
import { MaildropServer, type MaildropServerOptions } from './maildrop-server.ts';

export const nameOf = (text: string): SourceName => parseSourceName(text) as SourceName;

/** A server with mail, and an edge that has the password for it as the secret `pop`. */
export async function setUp(
  t: TestContext,
  options: MaildropServerOptions = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly server: MaildropServer; readonly edge: Edge }> {
  const server = await MaildropServer.open(t, options);
  const edge = await startEdge(t, { settings });
  await keepSecret(edge.dataDir, 'wonderland');
  return { server, edge };
}

export async function keepSecret(dataDir: string, password: string): Promise<void> {
  await mkdir(join(dataDir, 'secrets'), { recursive: true });
  await writeFile(join(dataDir, 'secrets', 'pop'), `${password}\n`, { mode: 0o600 });
}

export const factsFor = ({ port }: { readonly port: number }, facts: Partial<SourceFacts> = {}): SourceFacts => ({
  name: nameOf('old-box'),
  host: '127.0.0.1',
  port,
  tls: 'none',
  user: 'alice',
  secret: 'pop',
  keep: 'forever',
  account: accountNamed('alice'),
  ...facts,
});

export async function add({ collectSources, clock }: World, facts: SourceFacts): Promise<Source> {
  const added = await collectSources.add(facts, clock.now());
  if (typeof added === 'string') throw new Error(added);
  return added;
}

/** Runs the source and waits for the end of that run. */
export async function run(
  { world: { collectSources, clock } }: Edge,
  name = nameOf('old-box'),
): Promise<Source & { readonly lastRun: RunReport }> {
  const before = (await collectSources.find(name))?.lastRun?.endedAt ?? 0;
  let source: Source | undefined;
  await until(`a run of ${name}`, async () => {
    source = await collectSources.find(name);
    const isOver = (source?.lastRun?.endedAt ?? 0) > before && source?.claimedBy === undefined;
    if (!isOver && source?.claimedBy === undefined) await collectSources.runNow(name, clock.now());
    return isOver;
  });
  assert.ok(source?.lastRun);
  return { ...source, lastRun: source.lastRun };
}

/** Every message of alice's INBOX, whole. */
export async function inbox({ world }: Edge): Promise<readonly string[]> {
  const mailbox = await world.mailboxes.find(accountNamed('alice'), 'INBOX');
  assert.ok(mailbox);
  const records = await collected(world.mailboxes.messages(mailbox.id, [{ from: 1, to: 2 ** 32 - 1 }]));
  return Promise.all(records.map(async ({ prefix, body }) => prefix + (await read(world, body))));
}

export const subjects = async (edge: Edge): Promise<readonly string[]> =>
  (await inbox(edge)).map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '');
