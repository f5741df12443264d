import { chunkSize } from '../../core/slots/chunk.ts';
import { commandLingerSize } from '../../core/slots/linger.ts';
import { Broken } from './broken.ts';
import { type Ask, isHold, type ModelProcess } from './model-process.ts';
import type { ModelKey, World } from './world.ts';

/** A lease, what clocks differ by, and the time to notice, ms. */
const backWithin = 45_000;

/**
 * The second part of a run: troubles end, though late copies still arrive. Some processes are killed at that very moment. Then everything
 * must come to where it should be, in time and without needless work.
 */
export async function calm(world: World): Promise<void> {
  await settleDown(world);
  await everySlotComesBack(world);
  await world.chance.oneOf([restIsQuiet, fullCostsLittle, aCleanExitIsAtOnce, aSlotIsPassedOn])(world);
}

async function settleDown(world: World): Promise<void> {
  const { chance, plan } = world;
  world.calm = true;
  plan.weather.trouble = 0;
  plan.weather.cut = false;
  for (const process of world.alive) {
    process.link.cut = false;
    process.link.next = undefined;
    process.resume();
  }
  if (world.serving.length === 0) world.start();
  for (const process of world.processes) {
    for (const ask of process.asks) process.leaveLine(ask);
    for (const key of world.keys) key.heard.set(process, key.limit);
  }
  world.trace.line(() => '* calm');
  await world.pass(3_000);
  await limitsAgree(world);
  world.trace.line(() => '* the kill');
  for (const process of world.serving.slice(1)) if (chance.percent(40)) process.kill();
}

/**
 * A process that heard late may have announced an old limit of a total. When all have heard, and somebody still asks, the new one is in force
 * soon.
 */
async function limitsAgree(world: World): Promise<void> {
  const agree = (): boolean => world.keys.every(({ key, kind, limit }) => kind !== 'total' || world.store.items.get(key)?.limit === limit);
  for (let minute = 0; minute < 2 && !agree(); minute++) {
    for (const process of world.serving) for (const key of world.keys) process.take(world.want(key, process));
    await world.pass(minute === 0 ? 45_000 : 3_000);
  }
}

/** Sessions ask for all that is free by right at once, wherever they are: they get it within a lease. */
async function everySlotComesBack(world: World): Promise<void> {
  const asked = world.keys.map((key) => ({ key, free: Math.max(0, key.limit - world.sessions(key)), asks: askForAll(world, key) }));
  await world.pass(backWithin);
  world.checkWaiters();
  for (const { key, free, asks } of asked) {
    const served = asks.filter((ask) => isHold(ask?.answer)).length;
    if (served < free - reserve(key)) throw new Broken('back within a lease', `${served} of ${free} slots of ${key.key} came back`);
  }
}

/** For as many as are free, and everybody for one at least, so that all hear of the limit. */
function askForAll(world: World, key: ModelKey): readonly (Ask | undefined)[] {
  const { serving } = world;
  const many = Math.max(key.limit - world.sessions(key), serving.length);
  const asker = (at: number): ModelProcess => serving[at % serving.length] as ModelProcess;
  return Array.from({ length: many }, (_, at) => asker(at).take(world.want(key, asker(at), backWithin - 500)));
}

/** What may be refused although nobody uses it: 5 % of a limit of 100 and more. */
const reserve = ({ limit, kind }: ModelKey): number => (kind === 'total' && limit >= 100 ? Math.floor(limit * 0.05) : 0);

/** Nobody comes or goes: nothing but spare slots stays with anybody, and nothing is written. */
async function restIsQuiet(world: World): Promise<void> {
  const { landed } = world;
  // Refused, and a copy of the request arrives when all is free.
  const [edge] = world.serving;
  for (const key of smallKeys(world)) {
    if (edge === undefined) break;
    edge.link.next = { call: `change ${key.key}`, fate: 'copied', late: world.chance.between(15_000, 30_000) };
    edge.take(world.want(key, edge));
    await world.pass(1_500);
  }
  await everybodyLeaves(world);
  await world.pass(45_000);
  for (const key of world.keys) {
    let kept = 0;
    for (const process of world.serving) kept += world.granted(process, key.key);
    const most = mostSpare(key, world.serving.length);
    if (kept > most) throw new Broken('tight', `${kept} slots of ${key.key} are kept by processes without sessions, ${most} may be`);
  }
  const before = world.writes;
  await world.pass(60_000);
  const rewrites = world.plan.timings.rewriteEvery === undefined ? 0 : world.serving.length * world.keys.length * 2;
  // A late copy of a request for spare slots is one more such request.
  const given = world.keys.some(({ kind }) => kind === 'command') ? world.serving.length : 0;
  const most = rewrites + given + 2 * (world.landed - landed);
  if (world.writes - before > most) throw new Broken('no work without need', `${world.writes - before} writes in a minute of rest`);
}

async function everybodyLeaves(world: World): Promise<void> {
  for (const process of world.serving) for (const ask of process.asks) process.leaveLine(ask);
  await world.pass(2_000);
  for (const process of world.serving) process.endAll();
}

function mostSpare({ kind, limit }: ModelKey, processes: number): number {
  if (kind === 'total') return limit === 0 ? processes * chunkSize(0, 1) : limit < 100 ? 0 : Math.floor(limit * 0.05);
  return kind === 'command' ? processes * commandLingerSize(Math.max(0, limit)) : 0;
}

/** Keys of few slots, all of which are taken after `everySlotComesBack`. */
const smallKeys = (world: World): readonly ModelKey[] => world.keys.filter(({ limit }) => limit > 0 && limit < 100);

/** However many are refused, it costs a write a second; however many ask at once, they share one. */
async function fullCostsLittle(world: World): Promise<void> {
  const [edge] = world.serving;
  if (edge === undefined) return;
  for (const key of smallKeys(world).slice(0, 1)) {
    const before = edge.link.changes;
    const { admitted } = world;
    for (let asked = 0; asked < 30; asked++) {
      const ask = edge.take(world.want(key, edge));
      await world.pass(80);
      if (isHold(ask?.answer)) edge.end(key.key);
    }
    const refusing = edge.link.changes - before - (world.admitted - admitted);
    if (refusing > 4) throw new Broken('no work without need', `${refusing} writes in 2.4 s for a full ${key.key}`);
    await everybodyLeaves(world);
    await world.pass(30_000);
    await gathersWhoAsk(world, key, edge);
  }
}

async function gathersWhoAsk(world: World, key: ModelKey, edge: ModelProcess): Promise<void> {
  const before = edge.link.changes;
  const many = key.kind === 'command' ? 1 : Math.min(8, key.limit);
  // What lingers of a command's slots elsewhere is given to those who wait.
  const patience = key.kind === 'command' ? passedOnWithin.command : 0;
  if (world.chance.percent(50)) edge.link.next = { call: `change ${key.key}`, fate: 'retried', late: 0 };
  const asks = Array.from({ length: many }, () => edge.take(world.want(key, edge, patience)));
  await world.pass(2_000 + patience);
  const served = asks.filter((ask) => isHold(ask?.answer)).length;
  if (served < many) throw new Broken('tight', `${served} of ${many} were let in to ${key.key} though all of it was free`);
  if (key.kind !== 'command' && edge.link.changes - before > 4 + 2 * world.landed)
    throw new Broken('no work without need', `${edge.link.changes - before} writes for ${many} who asked at once`);
}

/** A process that ends cleanly says so first: should the rest of what it says be lost, others take its slots without waiting for the lease. */
async function aCleanExitIsAtOnce(world: World): Promise<void> {
  const heir = world.start();
  await world.pass(3_000);
  const leaving = world.serving.find((process) => process !== heir && smallKeys(world).some(({ key }) => process.live(key) > 0));
  if (leaving === undefined) return;
  const left = smallKeys(world).map((key) => {
    const others = world.sessions(key) - leaving.live(key.key);
    return { key, many: Math.max(0, Math.min(leaving.live(key.key), key.limit - others)) };
  });
  leaving.link.fateOf = (call) => (call.startsWith('repair') || call.startsWith('change') ? 'lost' : undefined);
  leaving.exit();
  await world.pass(1_000);
  const asked = left.map(({ key, many }) => ({ key, asks: Array.from({ length: many }, () => heir.take(world.want(key, heir, 4_000))) }));
  await world.pass(4_500);
  for (const { key, asks } of asked)
    if (!asks.every((ask) => isHold(ask?.answer)))
      throw new Broken('back within a lease', `slots of ${key.key} did not come back at a clean exit`);
}

/** ms. Released slots linger for seconds; those of commands go back with the heartbeat that brings the request for them. */
const passedOnWithin = { plain: 2_500, total: 2_500, shared: 7_500, command: 24_000 } as const;

/** Who waits at one process gets what a session of another gives back. */
async function aSlotIsPassedOn(world: World): Promise<void> {
  const waiting = world.start();
  await world.pass(3_000);
  for (const key of smallKeys(world)) {
    const giving = world.serving.find((process) => process !== waiting && process.live(key.key) > 0);
    if (giving === undefined || world.sessions(key) !== key.limit) continue;
    const ask = waiting.take(world.want(key, waiting, 40_000));
    await world.pass(world.chance.between(0, 3_000));
    giving.end(key.key);
    await world.pass(passedOnWithin[key.kind]);
    if (!isHold(ask?.answer))
      throw new Broken('no waiter forgotten', `nobody gave who waits at ${waiting.name} the free slot of ${key.key}`);
  }
}
