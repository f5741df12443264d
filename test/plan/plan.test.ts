import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { contextOf, describeCost, optionOf } from '../../core/plan/describe-cost.ts';
import { defaultHabits, type HabitName, type Habits, habitFacts } from '../../core/plan/habits.ts';
import { perMillion } from '../../core/plan/per-million.ts';
import { type Plan, planFor } from '../../core/plan/plan.ts';
import { prices } from '../../core/plan/prices.ts';
import { sessionsOf, sizesFor } from '../../core/plan/size.ts';
import { operations } from '../../core/plan/units.ts';
import { volumeOf } from '../../core/plan/volume.ts';
import { settingNamed } from '../../core/settings/catalogue.ts';
import { serviceSize } from '../../infra/task-size.ts';

/** Accounts that do nothing at all. */
const asleep: Habits = {
  received: 0,
  sent: 0,
  hopsAway: 0,
  messageKb: 100,
  knocks: 1,
  imapOpen: 0,
  imapSessions: 0,
  pop3Sessions: 0,
  readings: 0,
  flagChanges: 0,
  deleted: 0,
  searches: 0,
  bodySearches: 0,
  kept: 0,
  peak: 1,
};

const near = (actual: number, wanted: number, what: string): void =>
  assert.ok(Math.abs(actual - wanted) <= Math.max(0.005, wanted * 1e-6), `${what}: ${actual}, not ${wanted}`);
const lineOf = ({ lines }: Plan, what: string): number => lines.find((line) => line.what === what)?.dollars ?? Number.NaN;

describe('the plan of a stage', () => {
  it('costs, with nobody on it, what stands there all the time', () => {
    const plan = planFor(1, asleep);
    // 730 h × $0.0225, and two addresses of 730 h × $0.005: 16.425 + 7.30
    near(lineOf(plan, 'balancer'), 23.725, 'balancer');
    // 4 tasks × 730 h × (0.25 × $0.03238 + 0.5 × $0.00356) = 28.835, and four addresses: 14.60
    near(lineOf(plan, 'tasks'), 43.435, 'tasks');
    // 4 × 730 h × 420 writes = 1.2264 million × $0.625 = 0.7665; 4 × 730 h × 720 reads = 2.1024 million × $0.125 = 0.2628
    near(lineOf(plan, 'tables: requests'), 1.0293, 'requests');
    // 131,400 runs: × $0.20 a million = 0.02628; × 0.125 GB-s × $13.3334 a million = 0.21900; 3 queues × 900 × 730 h = 1.971 million × $0.50 = 0.9855
    near(lineOf(plan, 'functions and queues'), 1.23078, 'functions');
    // 77 × $0.30 + 79 × $0.10 + $3, and 4 × 730 h × 600 KB = 1.67084 GB × $0.50
    near(lineOf(plan, 'watching'), 34.83542, 'watching');
    for (const what of ['bucket', 'sending by SES', 'transfer', 'tables: storage']) assert.equal(lineOf(plan, what), 0, what);
    near(plan.total, 23.725 + 43.435 + 1.0293 + 1.23078 + 34.83542 + 0.8, 'all');
  });

  it('counts messages, sessions and requests of a month', () => {
    // 1,000 accounts that get 24 a day: 1,000 × 24 × 730/24 = 730,000 a month
    const volume = volumeOf(1_000, { ...asleep, received: 24, sent: 12, hopsAway: 2, knocks: 3, imapSessions: 24, flagChanges: 1 });
    near(volume.delivered, 730_000, 'delivered');
    near(volume.accepted, 1_095_000, 'accepted');
    near(volume.relayed, 730_000, 'relayed');
    near(volume.sessions.smtp, 2_190_000, 'knocks');
    near(volume.sessions.imap, 730_000, 'IMAP sessions');
    // 1,095,000 × 100 KB
    near(volume.receivedGb, 104.427, 'GB');
    const { smtpSession, msaSession, imapSession, accept, spoolRow, deliver, outboundSession, store } = operations;
    const writes =
      2_190_000 * smtpSession.writes +
      365_000 * msaSession.writes +
      730_000 * imapSession.writes +
      1_095_000 * accept.writes +
      1_460_000 * spoolRow.writes +
      730_000 * (deliver.writes + outboundSession.writes + store.writes);
    near(volume.asked.writes, writes, 'write units');
  });

  it('pays an idle session by the looks at its mailbox', () => {
    // Half of the month: 365 h × (5.4 writes × $0.625 + 60 reads × $0.125) a million = $0.0039694; 730 h × 1/100,000 NLCU × $0.006 = $0.0000438
    const more = planFor(2, { ...asleep, imapOpen: 1 }).total - planFor(2, asleep).total;
    assert.ok(Math.abs(more / 2 - 0.0040132) < 0.0000001, `${more / 2}`);
  });

  it('never costs less when there is more to do', () => {
    for (const accounts of [50, 1_000, 100_000]) {
      const usual = planFor(accounts, defaultHabits).total;
      for (const name of Object.keys(defaultHabits) as HabitName[]) {
        const more = {
          ...defaultHabits,
          [name]: Math.min(habitFacts[name].most, defaultHabits[name] * 2 + (name === 'bodySearches' ? 0.1 : 1)),
        };
        assert.ok(planFor(accounts, more).total >= usual, `${accounts} accounts, ${name}`);
      }
      assert.ok(planFor(accounts + 50, defaultHabits).total > usual);
    }
  });

  it('has tasks that bear the sessions, with one that may go, and no more than half of what a balancer leads to', () => {
    for (const accounts of [1, 50, 5_000, 100_000]) {
      const { mailbox, smtp } = sizesFor(accounts, defaultHabits);
      for (const service of [mailbox, smtp]) {
        assert.ok(service.tasks >= 2 && service.tasks <= 35, `${accounts}: ${service.tasks}`);
        assert.ok(service.open <= 0.6 * sessionsOf(service.memory) * service.tasks);
      }
    }
    // 1 GB ÷ 4 ÷ 64 KB
    assert.equal(sessionsOf(1024), 4096);
    // 100,000 accounts with 2 each, 0.6 × 16,384 of 4 GB: 200,000 ÷ 9,830.4 = 20.3
    assert.deepEqual([sizesFor(100_000, defaultHabits).mailbox.memory, sizesFor(100_000, defaultHabits).mailbox.tasks], [4096, 21]);
  });

  it('is deployed by context that the app takes, and begins with limits that their settings take', () => {
    for (const accounts of [1, 1_000, 100_000]) {
      const { smtp, mailbox, limits } = sizesFor(accounts, defaultHabits);
      for (const [name, service] of Object.entries({ smtp, mailbox } as const)) {
        const given = new Map(
          contextOf(name as 'smtp' | 'mailbox', service)
            .split(/ ?-c /)
            .map((pair) => pair.split('=') as [string, string]),
        );
        const size = serviceSize(name, (asked) => (given.has(asked) ? Number(given.get(asked)) : undefined));
        assert.deepEqual([size.cpu, size.memory], [service.cpu, service.memory]);
      }
      for (const [name, value] of Object.entries(limits)) {
        const setting = settingNamed(name);
        assert.ok(setting !== undefined && 'value' in setting.parse(String(value)), `${name} ${value}`);
      }
    }
  });

  it('sends by SES, by a smarthost for nothing, or directly through a gateway', () => {
    const sent = { ...asleep, sent: 24, hopsAway: 1 };
    // 1,000 × 24 × 730/24 = 730,000 × $160 a million
    near(lineOf(planFor(1_000, sent), 'sending by SES'), 116.8, 'SES');
    assert.equal(lineOf(planFor(1_000, sent, 'smarthost'), 'sending'), 0);
    // 730 h × ($0.045 + $0.005), and 730,000 × 100 KB = 69.618 GB × $0.045
    near(lineOf(planFor(1_000, sent, 'direct'), 'sending direct'), 36.5 + 3.13282, 'gateway');
  });
});

describe('a million more', () => {
  it('is reckoned from requests, runs and wake-ups, beside what others ask', () => {
    const [received] = perMillion(75);
    // 2 + 6 + 10 + 12 writes, 1 + 4 + 5 reads, two puts, a run of 0.25 GB-s, three requests of the queue.
    near(received?.dollars ?? 0, 30 * 0.625 + 10 * 0.125 + 2 * 5 + 0.2 + 0.25 * 13.3334 + 3 * 0.5, 'received');
    // $100 + one piece $90; $50 + $150 + $90
    assert.deepEqual(
      received?.others.map(({ dollars }) => dollars),
      [190, 290],
    );
    // 300 KB are two pieces.
    assert.deepEqual(
      perMillion(300)[0]?.others.map(({ dollars }) => dollars),
      [280, 380],
    );
    // 4 writes, and 3 reads of its login.
    near(perMillion(75).find(({ what }) => what === 'IMAP sessions')?.dollars ?? 0, 4 * 0.625 + 3 * 0.125, 'IMAP');
  });
});

describe('the one table of prices', () => {
  it('has a source for each', () => {
    for (const [name, { dollars, per, source }] of Object.entries(prices)) {
      assert.ok(dollars > 0 && per !== '', name);
      assert.match(source, /^https:\/\//, name);
    }
  });
});

describe('docs/cost.md', () => {
  it('is what the planner says (npm run docs writes it anew)', () => {
    assert.equal(readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8'), describeCost());
  });

  it('calls habits as the command line does', () => {
    assert.deepEqual([optionOf('pop3Sessions'), optionOf('imapOpen'), optionOf('kept')], ['pop3-sessions', 'imap-open', 'kept']);
  });
});
