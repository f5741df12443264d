import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SettleDeps } from '../../core/delivery/settle-row.ts';
import type { NewSpoolRow, SpoolRow } from '../../core/delivery/spool.ts';
import type { RecipientResult } from '../../core/delivery/transport.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId, Address, ReversePath } from '../../core/values/address.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import { type EmbeddedWorld, openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { read, stage } from '../contract/worlds.ts';
import { letter } from './report-kit.ts';

export const us = 'us' as HolderId;
export const hour = 3_600_000; // ms
export const day = 24 * hour;
export const bob = 'bob@example.net' as Address;
export const carol = 'carol@example.net' as Address;

export interface Scene {
  readonly world: EmbeddedWorld;
  readonly deps: SettleDeps;
  readonly dataDir: string;
  readonly events: string[];
  readonly failures: string[];
  readonly woken: string[];
  readonly counted: { failed: number; warned: number };
  /** ms since the epoch. */
  now: number;
  add(row?: Partial<NewSpoolRow>, text?: string): Promise<SpoolRow>;
  claim(row: SpoolRow, by?: HolderId): Promise<SpoolRow>;
  /** Texts of the reports in the spool. */
  reports(): Promise<readonly string[]>;
  get(row: SpoolRow): Promise<SpoolRow | undefined>;
}

/** A spool with alice@example.org, and a clock of the test's. */
export async function open(t: TestContext, settings: Record<string, string> = {}): Promise<Scene> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const scene = { now: 1_700_000_000_000 };
  const world = await openEmbeddedWorld({ dataDir });
  t.after(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  await world.accounts.add('alice@example.org' as AccountId, 'x');
  const events: string[] = [];
  const failures: string[] = [];
  const woken: string[] = [];
  const counted = { failed: 0, warned: 0 };
  const deps: SettleDeps = {
    ...world,
    clock: { ...world.clock, now: () => scene.now, sleep: async () => {} },
    settings: fixedSettings({ 'server/hostname': 'mail.example.org', ...settings }),
    holder: us,
    random: () => 0,
    log: { event: (name) => void events.push(name), failure: (name) => void failures.push(name) },
    dispatcher: { wake: (rows) => void woken.push(...rows.map(({ nextHop }) => (nextHop.kind === 'local' ? 'local' : nextHop.domain))) },
    counts: {
      copies: () => {},
      failed: (more) => {
        counted.failed += more;
      },
      warned: (more) => {
        counted.warned += more;
      },
    },
  };
  const { spool } = world;
  return Object.assign(scene, {
    world,
    deps,
    dataDir,
    events,
    failures,
    woken,
    counted,
    async add(other: Partial<NewSpoolRow> = {}, text = letter): Promise<SpoolRow> {
      const row: NewSpoolRow = {
        nextHop: { kind: 'domain', domain: 'example.net' },
        reversePath: 'alice@example.org' as ReversePath,
        recipients: [{ address: bob }, { address: carol }],
        declared: { eightBit: false, utf8: false },
        ...other,
      };
      const [added] = await spool.add(world.newId() as SpoolId, await stage(world, text), [row], scene.now);
      assert.ok(added);
      return await this.claim(added);
    },
    async claim({ id }: SpoolRow, by = us): Promise<SpoolRow> {
      const claimed = await spool.claim(id, scene.now + 100 * day, { by, until: scene.now + 200 * day });
      assert.ok(claimed);
      return claimed;
    },
    async reports(): Promise<readonly string[]> {
      const rows = (await spool.list({ limit: 100 })).filter(
        ({ reversePath, facts }) => reversePath === '' && facts.structure.subtype === 'report',
      );
      return Promise.all(rows.map(({ body }) => read(world, body)));
    },
    get: ({ id }: SpoolRow) => spool.get(id),
  });
}

export const accepted = (address: Address): RecipientResult => ({ address, result: 'accepted', reply: '250 2.0.0 ok' });
export const refused = (address: Address, permanent: boolean, reply = permanent ? '550 5.1.1 no' : '450 4.2.1 later'): RecipientResult => ({
  address,
  result: 'refused',
  permanent,
  reply,
});
export const attempt = { at: 1_700_000_000_000, host: 'mx.example.net', ip: '192.0.2.1', result: '550 5.1.1 no' };
