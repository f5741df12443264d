import type { TestContext } from 'node:test';
import { OpenConnections } from '../../core/delivery/open-connections.ts';
import type { OutboundDeps } from '../../core/delivery/outbound-session.ts';
import type { NewSpoolRow } from '../../core/delivery/spool.ts';
import type { HostAddress } from '../../core/delivery/transport.ts';
import { noDeliveryCounts } from '../../core/observe/delivery-counts.ts';
import { noOutboundCounts } from '../../core/observe/outbound-counts.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import { type Runner, startRunner } from '../../platform/embedded/runner.ts';
import type { EmbeddedWorld } from '../../platform/embedded/world.ts';
import { letter, stage } from '../contract/worlds.ts';
import { addressed, OpenSlots, SmtpEdge } from '../smtp/smtp-edge.ts';
import { dnsOf, type RemoteHost, transportTo } from './outbound-edge.ts';

export const names = ['a', 'b', 'c', 'd'].map((name) => `${name}.example`);
/** Each domain has a host of its own: a.example 192.0.2.1, b.example 192.0.2.2 and so on. */
const dns = dnsOf({}, Object.fromEntries(names.map((name, i) => [name, [`192.0.2.${i + 1}`]])));

export interface Scene {
  readonly edge: SmtpEdge;
  readonly world: EmbeddedWorld;
  readonly asked: readonly HostAddress[];
}

/** A world without a runner, whose DNS and hosts are the test's. @param hosts by domain; who is not named refuses connections */
export async function scene(t: TestContext, hosts: Readonly<Record<string, RemoteHost>>): Promise<Scene> {
  const asked: HostAddress[] = [];
  const ports = Object.fromEntries(Object.entries(hosts).map(([name, host]) => [`192.0.2.${names.indexOf(name) + 1}`, host.port]));
  const relay = hosts.smarthost;
  const transport = transportTo({ ...ports, ...(relay === undefined ? {} : { '127.0.0.1': relay.port }) }, asked);
  const edge = await SmtpEdge.open(t, { world: { resolver: dns, transport } });
  return { edge, world: edge.world, asked };
}

export async function spool(world: EmbeddedWorld, domain: string, messages: number, more: Partial<NewSpoolRow> = {}): Promise<void> {
  for (let i = 0; i < messages; i++) {
    const row: NewSpoolRow = {
      nextHop: { kind: 'domain', domain },
      reversePath: addressed('alice@example.org'),
      recipients: [{ address: addressed(`x@${domain}`) }],
      declared: { eightBit: false, utf8: false },
      ...more,
    };
    await world.spool.add(world.newId() as SpoolId, await stage(world, letter(`${domain} ${i}`)), [row], world.clock.now());
  }
}

export interface Log {
  readonly failures: unknown[];
  event(): void;
  failure(name: string, error: unknown): void;
}
export const newLog = (): Log => {
  const failures: unknown[] = [];
  return { failures, event: () => {}, failure: (_name, error) => void failures.push(error) };
};

type Settings = Readonly<Record<string, FixedValue>>;

const settingsOf = (settings: Settings) => fixedSettings({ 'server/hostname': 'mail.example.org', ...settings });

/** The runner of one process. */
export function runner(
  t: TestContext,
  world: EmbeddedWorld,
  settings: Settings,
  slots = new OpenSlots(),
): { readonly running: Runner; readonly log: Log } {
  const log = newLog();
  const running = startRunner({ world, settings: settingsOf(settings), slots, log });
  t.after(() => running.close());
  return { running, log };
}

/** What a worker needs that runs without a runner. */
export const workerDeps = (world: EmbeddedWorld, settings: Settings = {}, more: Partial<OutboundDeps> = {}): OutboundDeps => ({
  ...world,
  settings: settingsOf(settings),
  slots: new OpenSlots(),
  log: newLog(),
  outboundCounts: noOutboundCounts,
  counts: noDeliveryCounts,
  dispatcher: { wake: () => {} },
  connections: new OpenConnections(),
  random: Math.random,
  holder: 'worker' as HolderId,
  ...more,
});

export const isEmpty = async (world: EmbeddedWorld): Promise<boolean> => (await world.spool.list({ limit: 1 })).length === 0;

/** Messages of each connection, the most first. */
export const perConnection = (host: RemoteHost): readonly number[] =>
  [...Map.groupBy(host.taken, ({ connection }) => connection).values()].map(({ length }) => length).sort((x, y) => y - x);

export const subjects = (host: RemoteHost): readonly string[] => host.taken.map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '');
