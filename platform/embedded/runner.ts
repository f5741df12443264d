import type { CollectMeter } from '../../core/collect/collecting-session.ts';
import type { ConnectMeter } from '../../core/delivery/connect-meter.ts';
import { deliverLocal } from '../../core/delivery/deliver-local.ts';
import { dispatchDue, sweepEvery } from '../../core/delivery/dispatch-due.ts';
import type { Dispatcher } from '../../core/delivery/dispatcher.ts';
import { DueHops } from '../../core/delivery/due-hops.ts';
import { newClaim } from '../../core/delivery/keep-claim.ts';
import { OpenConnections } from '../../core/delivery/open-connections.ts';
import { runOutboundWorker } from '../../core/delivery/outbound-worker.ts';
import { type DeliveryCounts, noDeliveryCounts } from '../../core/observe/delivery-counts.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import { noOutboundCounts, type OutboundCounts } from '../../core/observe/outbound-counts.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { outboundSettings } from '../../core/settings/outbound.ts';
import { collectKey, outboundKey } from '../../core/slots/slot-key.ts';
import type { Slots } from '../../core/slots/slots.ts';
import { Collecting } from './collecting.ts';
import { LocalDeliveries } from './local-deliveries.ts';
import { OutboundSessions } from './outbound-sessions.ts';
import type { EmbeddedWorld } from './world.ts';

export interface RunnerDeps {
  readonly world: Pick<
    EmbeddedWorld,
    | 'spool'
    | 'holders'
    | 'mailboxes'
    | 'bodies'
    | 'clock'
    | 'resolver'
    | 'transport'
    | 'secrets'
    | 'failures'
    | 'slotStore'
    | 'accounts'
    | 'newId'
    | 'signer'
    | 'policyFetcher'
    | 'policyCache'
    | 'ses'
    | 'collectSources'
    | 'maildrops'
  >;
  readonly settings: LiveSettings;
  readonly slots: Slots;
  readonly log: EventLog;
  /** @default - nobody counts */
  readonly connectMeter?: ConnectMeter;
  /** @default - nothing is counted */
  readonly outboundCounts?: OutboundCounts;
  /** @default - nothing is counted */
  readonly counts?: DeliveryCounts;
  /** @default Math.random */
  readonly random?: () => number;
  /** @default - nobody counts */
  readonly collectMeter?: CollectMeter;
}

export interface Runner extends Dispatcher {
  /** Takes nothing new, finishes what is being delivered, for at most `patience` ms. Rows left over are found by other processes, or at the next start. */
  close(patience?: number): Promise<void>;
}

const drainPatience = 8_000; // ms
/** Outbound sessions of a process whose limit is only observed. */
const mostObserved = 1000;

/**
 * Plays wake-ups, schedules and workers inside this process, for the same functions that run as Lambda functions on AWS. Several
 * processes on one data directory each have one; the spool's claims keep them apart.
 */
export function startRunner(deps: RunnerDeps): Runner {
  const { world, settings, slots, log } = deps;
  const { spool, holders, clock } = world;
  const random = deps.random ?? Math.random;
  const outboundCounts = deps.outboundCounts ?? noOutboundCounts;
  const counts = deps.counts ?? noDeliveryCounts;
  // One name for the life of this process, whatever becomes of its slots: it is the process that must be dead before others take over.
  const holder = slots.holder;
  holders.hold(holder);
  const stop = new AbortController();
  const connections = new OpenConnections();
  const connecting = { connections, ...(deps.connectMeter === undefined ? {} : { connectMeter: deps.connectMeter }) };
  const mayAct = (): boolean => !stop.signal.aborted && slots.mayAct();

  const dispatcher: Dispatcher = {
    wake: (rows) => {
      if (!mayAct()) return;
      for (const { nextHop } of rows) {
        if (nextHop.kind === 'local') local.wake();
        else due.add(nextHop.domain, clock.now());
      }
      outbound.start();
    },
  };
  const working = { ...world, ...connecting, settings, slots, log, random, holder, dispatcher, outboundCounts, counts };

  const local = new LocalDeliveries({
    deliver: (row) => deliverLocal(row, working),
    claimDue: (most) => spool.claimDue({ kind: 'local' }, clock.now(), newClaim(holder, clock), most),
    log,
  });
  const due: DueHops = new DueHops(() => outbound.start());
  const outbound = new OutboundSessions({
    run: (seat, stopping) => runOutboundWorker(seat, working, { stop: stopping }),
    mayStart: mayAct,
    most: () => (settings.get(outboundSettings.sessions.mode) === 'observe' ? mostObserved : settings.get(outboundSettings.sessions)),
    due,
    clock,
    log,
  });

  const meter = deps.collectMeter ?? { collected: () => {}, runFailed: () => {} };
  const collecting = new Collecting({ ...world, sources: world.collectSources, dispatcher, settings, slots, log, random, holder, meter });

  const unlisten = slots.onMustClose((keys) => {
    if (keys === 'all') {
      outbound.endAll();
      collecting.endAll();
      return;
    }
    for (const key of keys) {
      if (key === outboundKey()) outbound.endOne();
      else if (key === collectKey()) collecting.endOne();
      else connections.endOne(key);
    }
  });

  /** What a killed process had claimed would otherwise wait for the end of its claims. */
  const takeOver = (): Promise<void> =>
    holders.ended(async (dead) => {
      const rows = await spool.endClaims(dead);
      const sources = await world.collectSources.endClaims(dead);
      if (rows + sources > 0) log.event('claims-taken-over', { holder: dead, rows, sources });
    });
  let takeOverAt = Number.NEGATIVE_INFINITY;
  const sweep = async (): Promise<number> => {
    if (clock.monotonic() >= takeOverAt) {
      takeOverAt = clock.monotonic() + sweepEvery; // with many processes it takes some milliseconds
      await takeOver().catch((error: unknown) => log.failure('sweep-failed', error)); // what is free already must not wait for that
    }
    const found = await dispatchDue(spool, clock, due);
    const oldest = due.oldest();
    outboundCounts.oldest(oldest === undefined ? 0 : Math.max(0, clock.now() - oldest) / 1000);
    if (found.local && mayAct()) local.wake();
    outbound.start();
    return found.wait;
  };
  const sweeping = sweepUntil(stop.signal, sweep, deps);
  return {
    ...dispatcher,
    close: async (patience = drainPatience) => {
      stop.abort();
      unlisten();
      const givenUp = new AbortController();
      await Promise.race([
        Promise.all([sweeping, local.close(), outbound.close(), collecting.close()]),
        clock.sleep(patience, givenUp.signal),
      ]);
      givenUp.abort();
    },
  };
}

/** A sweep that fails (the store is busy, say) is logged and comes again. */
async function sweepUntil(stop: AbortSignal, sweep: () => Promise<number>, { world, log }: RunnerDeps): Promise<void> {
  while (!stop.aborted) {
    const wait = await sweep().catch((error: unknown) => {
      log.failure('sweep-failed', error);
      return retrySweep;
    });
    await world.clock.sleep(wait, stop);
  }
}

const retrySweep = 1_000; // ms
