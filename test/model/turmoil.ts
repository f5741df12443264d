import type { ModelProcess } from './model-process.ts';
import { anyLimit } from './plan.ts';
import type { ModelKey, World } from './world.ts';

/** Something that happens to one running process, or to the world around it. */
type Happening = (world: World, edge: ModelProcess, key: ModelKey) => void;

const mostProcesses = 5;

const later = (world: World, most: number, run: () => void): void => world.timeline.after(world.chance.spread(500, most), run);

function askForSome(world: World, edge: ModelProcess, key: ModelKey): void {
  const { chance } = world;
  const isLarge = key.limit >= 100;
  const wait = chance.oneOf([0, 0, 3_000, 40_000]);
  for (let many = chance.between(1, isLarge ? 60 : 3); many > 0; many--) edge.take(world.want(key, edge, wait));
}

function endSome(world: World, edge: ModelProcess, { key }: ModelKey): void {
  for (let many = world.chance.between(1, Math.max(1, Math.ceil(edge.live(key) / 2))); many > 0; many--) edge.end(key, world.chance);
}

const happenings: readonly (readonly [weight: number, name: string, happening: Happening])[] = [
  [40, 'sessions ask', askForSome],
  [22, 'sessions end', endSome],
  [
    8,
    'sessions end and others ask at once',
    (world, edge, key) => {
      endSome(world, edge, key);
      askForSome(world, edge, key);
    },
  ],
  [
    4,
    'is stopped',
    (world, edge) => {
      edge.stop();
      later(world, 90_000, () => edge.resume());
    },
  ],
  [
    2,
    'sleeps with its host',
    (world, edge) => {
      edge.stop(true);
      later(world, 90_000, () => edge.resume());
    },
  ],
  [3, 'is killed', (_, edge) => edge.kill()],
  [2, 'exits', (_, edge) => edge.exit()],
  [
    4,
    'is cut off',
    (world, edge) => {
      edge.link.cut = true;
      later(world, 60_000, () => {
        edge.link.cut = false;
      });
    },
  ],
  [
    2,
    'and all others are cut off',
    ({ plan, timeline, chance }) => {
      plan.weather.cut = true;
      timeline.after(chance.spread(500, 60_000), () => {
        plan.weather.cut = false;
      });
    },
  ],
  [6, 'hears of a new limit', (world, _, key) => world.setLimit(key, anyLimit(world.chance, key), 20_000)],
  [
    5,
    'is the last to hear of a lower limit',
    (world, edge, key) => {
      const { chance, timeline } = world;
      if (key.kind !== 'total' || key.limit < 2) return;
      world.setLimit(key, Math.ceil(key.limit / 2), 500, edge);
      const first = chance.oneOf([edge, ...world.serving]);
      timeline.after(600, () => world.calm || askForSome(world, first, key), first);
      timeline.after(chance.between(700, 2_000), () => world.calm || askForSome(world, edge, key), edge);
    },
  ],
  [3, 'has its clocks set', ({ chance }, edge) => edge.jumpClocks(chance.between(-3_600_000, 3_600_000))],
  [
    5,
    'is there while the store sweeps',
    ({ store, timeline, plan, chance }) => store.sweep(timeline.now, plan.ages, () => chance.percent(70)),
  ],
  [
    4,
    'loses who waited',
    ({ chance }, edge) => {
      for (const ask of edge.asks) if (chance.percent(50)) edge.leaveLine(ask);
    },
  ],
  [3, 'is told to give spare slots back', (_, edge, { key }) => edge.slots?.giveBackSpare(key)],
  [
    6,
    'gives back what it needs again, and says so late',
    (world, edge, key) => {
      const { chance, plan } = world;
      // As likely as later: just when its outcome is being settled.
      const late = chance.percent(50) ? chance.between(801, 820) : chance.spread(850, plan.weather.latest);
      edge.link.next = { call: `change ${key.key}`, fate: 'late', late };
      endSome(world, edge, key);
      world.timeline.after(world.chance.below(1_000), () => world.calm || askForSome(world, edge, key), edge);
    },
  ],
  [
    6,
    'asks twice for what it asks once',
    (world, edge, key) => {
      const { chance, plan } = world;
      edge.link.next = {
        call: `change ${key.key}`,
        fate: chance.oneOf(['retried', 'copied']),
        late: chance.spread(200, plan.weather.latest),
      };
      askForSome(world, edge, key);
      const other = chance.oneOf([edge, ...world.serving]);
      world.timeline.after(chance.spread(20, 2_000), () => world.calm || endSome(world, other, key), other);
    },
  ],
  [
    4,
    'sees one stopped whose registration comes again',
    (world, _, key) => {
      if (world.alive.length >= mostProcesses) return;
      const { chance, plan, timeline } = world;
      const newcomer = world.start({
        call: 'register',
        fate: 'copied',
        late: Math.min(plan.weather.latest, chance.between(43_000, 60_000)),
      });
      timeline.after(1_000, () => world.calm || askForSome(world, newcomer, key), newcomer);
      timeline.after(2_000, () => world.calm || newcomer.stop(), newcomer);
      timeline.after(chance.between(61_000, 70_000), () => newcomer.resume());
    },
  ],
  [
    3,
    'rests until the store sweeps',
    (world) => {
      const { store, timeline, plan, chance } = world;
      timeline.after(170_000, () => store.sweep(timeline.now, plan.ages, () => true));
      world.quietFor = chance.between(171_000, 180_000);
    },
  ],
  [
    5,
    'is there when another starts',
    (world) => {
      if (world.alive.length < mostProcesses) world.start();
    },
  ],
];

/** The first part of a run: anything may happen at any time. */
export async function turmoil(world: World): Promise<void> {
  const { chance } = world;
  // What people do happens in every run, of the rest only some.
  const some = happenings.filter((_, at) => at < 3 || chance.percent(45));
  for (let many = chance.between(1, 3); many >= 0; many--) world.start();
  await world.pass(2_000);
  for (let step = chance.between(20, 45); step > 0; step--) {
    happen(world, some);
    await world.pass(Math.max(world.quietFor, pause(world)));
    world.quietFor = 0;
    world.checkWaiters();
  }
}

function happen(world: World, some: typeof happenings): void {
  const { chance } = world;
  const running = world.serving;
  const edge = running[chance.below(running.length || 1)];
  const key = world.keys[chance.below(world.keys.length)];
  if (key === undefined) return;
  if (edge === undefined) {
    if (world.alive.length < mostProcesses) world.start();
    return;
  }
  let at = chance.below(some.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, name, happening] of some) {
    at -= weight;
    if (at >= 0) continue;
    world.trace.line(() => `* ${edge.name} ${name} (${key.key})`);
    happening(world, edge, key);
    return;
  }
}

/** ms. Often as short as a call takes, now and then longer than a lease. */
function pause({ chance }: World): number {
  const which = chance.below(100);
  return which < 60 ? chance.below(400) : which < 85 ? chance.between(400, 5_000) : chance.between(5_000, which < 97 ? 20_000 : 50_000);
}
