import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLogin } from '../core/accounts/login.ts';
import { createQuotas } from '../core/mailbox/quota.ts';
import { SharedSearches } from '../core/mailbox/search/shared-searches.ts';
import { indexWhile } from '../core/mailbox/search/text-index.ts';
import type { EventLog } from '../core/observe/event-log.ts';
import { RecentRefusals } from '../core/observe/recent-refusals.ts';
import type { TellRefused } from '../core/observe/refused.ts';
import { imapSettings, loginListenerSettings } from '../core/settings/listeners.ts';
import type { LiveSettings } from '../core/settings/live-settings.ts';
import { memoryForBodies } from '../core/settings/memory.ts';
import { netSettings } from '../core/settings/network.ts';
import { liveSettings } from '../core/settings/resolve.ts';
import { serverSettings } from '../core/settings/server.ts';
import { slotsSettings } from '../core/settings/slots.ts';
import { openSlots } from '../core/slots/open-slots.ts';
import type { KnownKeys, Slots } from '../core/slots/slots.ts';
import type { SlotsMeter } from '../core/slots/slots-meter.ts';
import type { SlotTimings } from '../core/slots/timings.ts';
import type { AccountId } from '../core/values/address.ts';
import type { Protocol } from '../core/values/protocol.ts';
import type { World } from '../core/world.ts';
import { endSessionsInTime, endSessionsWhen } from './end-sessions.ts';
import { createHandlers } from './handlers.ts';
import { watchAbandoned } from './net/abandoned-sessions.ts';
import { Admission } from './net/admission.ts';
import { CommandPlaces } from './net/command-places.ts';
import { Drain, type DrainOptions, defaultDrain } from './net/drain.ts';
import { RoomMaker } from './net/make-room.ts';
import { MemoryBudget } from './net/memory-budget.ts';
import { ProcessSessions } from './net/process-sessions.ts';
import { RefusalLog } from './net/refusal-log.ts';
import { SessionRegistry } from './net/session-registry.ts';
import { Listeners } from './open-listeners.ts';
import { actOnRequests, processAnswers } from './process-answers.ts';
import { ProcessMetrics } from './process-metrics.ts';
import type { Closes, Running, Surroundings } from './surroundings.ts';
import { version } from './this-machine.ts';

export interface ServiceOptions {
  /** Settings of this run, by name, unparsed. */
  readonly overrides?: ReadonlyMap<string, string> | undefined;
  readonly log: EventLog;
  /** Takes metrics, one line of JSON each. @default - they are counted and thrown away */
  readonly metrics?: ((line: string) => void) | undefined;
  readonly drain?: Partial<DrainOptions> | undefined;
  readonly slotTimings?: Partial<SlotTimings> | undefined;
}

export interface RunningProcess {
  /** By name: `smtp`, `imap`, and `imap-tls` for TLS from the first octet. Only those that accept now. */
  readonly ports: Readonly<Record<string, number>>;
  readonly world: World;
  readonly settings: LiveSettings;
  readonly slots: Slots;
  /** Should new sessions come here, as far as a balancer has to know? Not from the drain on, nor while this process alone may not act. */
  serves(): boolean;
  /** Lets nobody in, spreads the goodbyes, closes everything. Asking again is asking once, but for a time that is given: what is left is done within it. */
  drain(within?: DrainOptions): Promise<void>;
  /** Cuts the sessions that are left, also during a drain, and closes everything. */
  stop(): Promise<void>;
}

/**
 * Serves on a world. When it throws, nothing is left open.
 * @throws InvalidSettings, PortUnavailable
 */
export async function startService(around: Surroundings, options: ServiceOptions): Promise<RunningProcess> {
  await using opened = new AsyncDisposableStack();
  opened.defer(() => around.world.close());
  const { sessions, admission, listeners, settings, slots } = await compose(around, options, opened);
  const parts = opened.move(); // all works: from here on it is closed by drain and stop
  const usual = { ...defaultDrain, ...options.drain };
  const drain = new Drain(sessions, Math.random);
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    admission.close();
    listeners.close();
    await drain.over();
    await parts.disposeAsync();
  };
  return {
    get ports() {
      return listeners.ports();
    },
    world: around.world,
    settings,
    slots,
    serves: () => ending === undefined && isFit(slots),
    drain(within) {
      const begins = ending === undefined;
      ending ??= end();
      if (begins || within !== undefined) drain.within(within ?? usual);
      return ending;
    },
    stop() {
      ending ??= end();
      drain.cutNow(usual);
      return ending;
    },
  };
}

/**
 * Is this process no worse than another? One that is fenced is, until it has begun anew. A store that does not answer leaves all alike: a balancer that
 * took them for ill would have them replaced, all of them, again and again, by others that can do no better.
 */
export const isFit = (slots: Pick<Slots, 'mayAct' | 'downSince'>): boolean => slots.mayAct() || slots.downSince !== undefined;

const asksClients = (settings: LiveSettings, protocol: Protocol): boolean =>
  protocol !== 'smtp' && settings.get(loginListenerSettings[protocol].loginCertificate);

interface Service {
  readonly settings: LiveSettings;
  readonly slots: Slots;
  readonly sessions: SessionRegistry;
  readonly admission: Admission;
  readonly listeners: Listeners;
}

/** Opens part by part; `opened` closes them in reverse. */
async function compose(around: Surroundings, options: ServiceOptions, opened: AsyncDisposableStack): Promise<Service> {
  const { world, bind, portOf, fingerprint } = around;
  const { log } = options;
  const closes = <T extends Closes>(part: T): T => opened.adopt(part, async (it) => void (await it.close()));
  const metrics = new ProcessMetrics(world.clock, around.metricNamespace);
  const settings = closes(await liveSettings(world.settings, around.place, log, options.overrides, () => metrics.settingRejected()));
  const sessions = new SessionRegistry(metrics.counts);
  const asked = (requests: readonly string[]): void => actOnRequests(requests, sessions, log);
  const slots = closes(await openProcessSlots(around, settings, metrics.slots, options, asked));
  closes(metrics.tell({ slots, settings, log, write: options.metrics ?? (() => {}) }));
  const login = closes(createLogin({ ...world, settings, log, failures: world.loginFailures, fingerprint }));
  const running: Running = { settings, slots, metrics };
  const dispatcher = closes(around.startDelivery(running));
  const tls = closes(await around.openTls(running));
  metrics.certificate(() => tls.daysLeft());
  const connections = {
    budget: new MemoryBudget(around.memoryForClients),
    secureContext: (protocol: Protocol) => (asksClients(settings, protocol) ? tls.askingContext() : tls.secureContext()),
    handshakeTimeout: () => settings.get(netSettings.handshakeTimeout) * 1000,
  };

  const refusalLog = closes(new RefusalLog(log));
  const refusals = new RecentRefusals(() => world.clock.now());
  const refused: TellRefused = (what) => {
    refusalLog.tell(what);
    refusals.tell(what);
    metrics.refused(what);
  };
  const rooms = new RoomMaker(sessions, around.fellows);
  const makeRoom = (account: AccountId): Promise<boolean> => rooms.makeRoom(account);
  const processSessions = new ProcessSessions();
  const admission = new Admission({ ...world, slots, settings, login, log, sessions, processSessions, refused, makeRoom });
  opened.defer(endSessionsWhen(sessions, world.accounts, slots));
  opened.defer(endSessionsInTime(sessions, world.accounts, world.clock));
  closes(watchAbandoned(sessions, (session) => admission.leave(session), log));
  const places = new CommandPlaces(settings, world.clock, metrics.slots);
  world.bodyCache?.limitTo(() => memoryForBodies(around.place.memory, settings.get(serverSettings.bodyCache)));
  const textIndex = world.textIndex && indexWhile(() => settings.get(imapSettings.textIndex), world.textIndex);
  const searches = closes(new SharedSearches({ ...world, textIndex, log, giveTurn: () => nextTurn() }));
  const shared = { world: { ...world, textIndex }, settings, slots, places, searches, refused, log };
  const quotas = closes(createQuotas({ ...world, settings }));
  const handlers = createHandlers({ ...shared, quotas, dispatcher, version: version(), connections });
  const goodbyes = { ...defaultDrain, ...options.drain };
  const reception = { admission, settings, log, refused, secureContext: connections.secureContext };
  const listeners = closes(new Listeners({ ...reception, handlers, sessions, bind, portOf, goodbyes, random: Math.random }));
  await listeners.open();
  const { clock } = world;
  const answers = { process: around.process, sessions, settings, slots, refusals, rooms, processSessions, places, clock, log };
  closes(await around.openQuestions(processAnswers(answers)));
  return { settings, slots, sessions, admission, listeners };
}

const openProcessSlots = (
  { world, slotStore }: Surroundings,
  settings: LiveSettings,
  meter: SlotsMeter,
  { log, slotTimings }: ServiceOptions,
  asked: (requests: readonly string[]) => void,
): Promise<Slots & KnownKeys> =>
  openSlots({
    store: slotStore(meter),
    meter,
    clock: world.clock,
    newId: world.newId,
    policy: () => settings.get(slotsSettings.whenStoreIsDown),
    log,
    asked,
    ...(slotTimings === undefined ? {} : { timings: slotTimings }),
  });
