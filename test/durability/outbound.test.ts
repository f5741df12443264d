import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type EmbeddedWorld, openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { lacksLoopbackNetwork } from '../harness/elsewhere/documented-networks.ts';
import { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import { isCut, isTaken, type TakenMessage } from '../harness/elsewhere/record.ts';
import { failedIn } from '../harness/outbound/reports.ts';
import { SendingProcesses } from '../harness/outbound/sending-processes.ts';
import { alice, inboxTexts, spoolMessage } from '../harness/outbound/spooled.ts';
import { openDomains, type RunDomain } from './outbound-domains.ts';

const count = Number(process.env.MAILWEIR_MESSAGES ?? 1000);
const domainCount = Number(process.env.MAILWEIR_DOMAINS ?? 40);
const kills = Number(process.env.MAILWEIR_KILLS ?? 10);
const workers = 4;
const longest = 20 * 60_000; // ms; that the run ends is promised, not how soon

interface Message {
  readonly id: string;
  readonly to: string;
  readonly domain: RunDomain;
}

describe(`${count} messages to ${domainCount} domains, processes that deliver them killed ${kills} times`, {
  skip: lacksLoopbackNetwork,
}, () => {
  it('each is delivered or bounced, and twice only where a session was cut behind the dot', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    const domains = await openDomains(elsewhere, domainCount);
    const world = await openWorld(t);
    const messages = Array.from({ length: count }, (_, i) => messageFor(i, domains));
    const sending = await SendingProcesses.start(t, sendingOptions(world.dataDir, elsewhere), workers);

    await feedAndKill(messages, { world, elsewhere, sending });
    await untilAllSettled(world);
    await sending.stop();

    const bounced = bouncesOf(await inboxTexts(world));
    const copies = Map.groupBy(
      elsewhere.messages().filter((one) => isTaken(one) || isCut(one)),
      ({ id }) => id,
    );
    report(t, { sending, elsewhere, copies, bounced });
    assert.deepEqual(
      messages.filter(({ id, to }) => !copies.has(id) && !bounced.has(to)),
      [],
      'neither delivered nor bounced',
    );
    assert.deepEqual(
      messages.filter(({ id }) => extraCopies(copies.get(id) ?? []) > cutsOf(copies.get(id) ?? [])),
      [],
      'twice without a cut',
    );
    assert.deepEqual(
      [...bounced].filter(([, times]) => times > 1),
      [],
      'bounced twice',
    );
    assert.deepEqual(
      messages.filter(({ id, to }) => bounced.has(to) && (copies.get(id) ?? []).some((one) => !isCut(one))),
      [],
      'delivered for sure, and bounced',
    );
    assert.equal(sending.kills, kills);
  });
});

const messageFor = (i: number, domains: readonly RunDomain[]): Message => {
  const domain = domains[i % domains.length] as RunDomain;
  return { id: `<${i}@example.org>`, to: `m${i}@${domain.name}`, domain };
};

const sendingOptions = (dataDir: string, elsewhere: Elsewhere) => ({
  dataDir,
  dns: elsewhere.dns.address,
  port: elsewhere.port,
  settings: {
    'outbound/sessions': 60,
    'outbound/retry-schedule': [1, 1, 2],
    'outbound/give-up-after': 15,
    'outbound/failure-cache': 1,
  },
  timeouts: { connect: 5_000, ready: 2_000, silence: 20_000 },
  // Killed processes hold slots; with the usual lease soon none would be left.
  slotTimings: { renewEvery: 1_000, lease: 6_000, fenceAfter: 4_500 },
});

async function openWorld(t: TestContext): Promise<EmbeddedWorld & { readonly dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-outbound-'));
  const world = await openEmbeddedWorld({ dataDir });
  t.after(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  await world.accounts.add(alice, 'x');
  return { ...world, dataDir };
}

interface Run {
  readonly world: EmbeddedWorld;
  readonly elsewhere: Elsewhere;
  readonly sending: SendingProcesses;
}

/** A share of the messages before each kill, which comes at a random moment of their delivery. */
async function feedAndKill(messages: readonly Message[], { world, elsewhere, sending }: Run): Promise<void> {
  const share = Math.ceil(messages.length / (kills + 1));
  for (let from = 0, kill = 0; from < messages.length || kill < kills; from += share, kill += 1) {
    const fed = messages.slice(from, from + share);
    for (let i = 0; i < fed.length; i += 100) await Promise.all(fed.slice(i, i + 100).map((one) => spoolMessage(world, one)));
    const seen = elsewhere.messages().length;
    sending.wake(fed.map(({ domain }) => domain.name));
    if (kill >= kills) continue;
    const enough = seen + Math.ceil(Math.random() * fed.length * 0.8);
    // What is left may be waiting for its next attempt: then the kill comes all the same.
    await Promise.race([elsewhere.until('some to be sent', () => elsewhere.messages().length >= enough), pause(1_000)]).catch(() => {});
    await pause(Math.random() * 20);
    await sending.killOne(Math.random());
  }
}

async function untilAllSettled(world: EmbeddedWorld): Promise<void> {
  const deadline = Date.now() + longest;
  for (;;) {
    const rows = await world.spool.list({ limit: 20 });
    if (rows.length === 0) return;
    if (Date.now() > deadline) {
      const left = rows.map(({ recipients, attempts, held, lastError }) => `${recipients[0]?.address} ${attempts} ${held} ${lastError}`);
      throw new Error(`still in the spool:\n${left.join('\n')}`);
    }
    await pause(200);
  }
}

/** @returns how often each recipient was reported as failed */
function bouncesOf(texts: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { address } of failedIn(texts)) times.set(address, (times.get(address) ?? 0) + 1);
  return times;
}

const extraCopies = (copies: readonly TakenMessage[]): number => Math.max(0, copies.length - 1);
const cutsOf = (copies: readonly TakenMessage[]): number => copies.filter(isCut).length;

interface Seen {
  readonly sending: SendingProcesses;
  readonly elsewhere: Elsewhere;
  readonly copies: ReadonlyMap<string, readonly TakenMessage[]>;
  readonly bounced: ReadonlyMap<string, number>;
}

function report(t: TestContext, { sending, elsewhere, copies, bounced }: Seen): void {
  const all = [...copies.values()];
  const [cuts, extra] = [all.reduce((sum, one) => sum + cutsOf(one), 0), all.reduce((sum, one) => sum + extraCopies(one), 0)];
  t.diagnostic(
    `${copies.size} delivered over ${elsewhere.connections().length} connections, ${bounced.size} bounced, ${sending.kills} kills`,
  );
  t.diagnostic(`${cuts} cuts between the dot and the next command, ${extra} copies more than one`);
  for (const line of sending.failures.slice(0, 10)) t.diagnostic(line);
}
