import type { EventLog } from '../core/observe/event-log.ts';
import type { ProcessFacts, ProcessName, RestingFacts, SessionFacts } from '../core/observe/process-facts.ts';
import { type Answers, requestedKick } from '../core/observe/process-requests.ts';
import type { RecentRefusals } from '../core/observe/recent-refusals.ts';
import type { FollowingSettings } from '../core/settings/resolve.ts';
import type { Slots } from '../core/slots/slots.ts';
import type { Clock } from '../core/values/clock.ts';
import type { SessionId } from '../core/values/ids.ts';
import { protocols } from '../core/values/protocol.ts';
import type { AdmittedSession } from './net/admitted-session.ts';
import type { CommandPlaces } from './net/command-places.ts';
import type { RoomMaker } from './net/make-room.ts';
import type { ProcessSessions } from './net/process-sessions.ts';
import type { SessionRegistry } from './net/session-registry.ts';

export interface AnswerParts {
  readonly process: ProcessName;
  readonly sessions: SessionRegistry;
  readonly settings: Pick<FollowingSettings, 'inForce'>;
  readonly slots: Slots;
  readonly refusals: RecentRefusals;
  readonly rooms: RoomMaker;
  readonly processSessions: ProcessSessions;
  readonly places: CommandPlaces;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** What this process tells operators and its fellows, and does for them. */
export function processAnswers(parts: AnswerParts): Answers {
  const { process, sessions, settings, slots, refusals, rooms, log } = parts;
  return {
    sessions: () => sessions.all().map((session) => sessionFacts(session, process)),
    settings: () => settings.inForce().map((setting) => ({ ...setting, process })),
    slots: () => [...slots.held()].map(([key, held]) => ({ key, held, process })),
    refusals: () => refusals.all().map((refusal) => ({ ...refusal, process })),
    process: () => [processFacts(parts)],
    resting: ({ account }) => rooms.restingHere(account).map((resting): RestingFacts => ({ ...resting, process })),
    replace: ({ session }) => [{ done: rooms.replace({ id: session }), process }],
    kick: ({ session }) => [{ done: kick(session, sessions, log), process }],
    spare: ({ key }) => {
      slots.giveBackSpare(key);
      return [{ done: true, process }];
    },
  };
}

/** Does what stood in this process's holder row: requests of those who could not talk to it. */
export function actOnRequests(requests: readonly string[], sessions: SessionRegistry, log: EventLog): void {
  for (const request of requests) {
    const session = requestedKick(request);
    if (session === undefined) log.event('request-unknown', { request });
    else kick(session, sessions, log);
  }
}

/** @returns false when this process has no such session */
function kick(id: SessionId, sessions: SessionRegistry, log: EventLog): boolean {
  const session = sessions.find(id);
  if (session === undefined) return false;
  log.event('session-kicked', { session: id, protocol: session.protocol, account: session.account, address: session.client.ip });
  session.mustEnd('kicked');
  return true;
}

const sessionFacts = ({ id, protocol, client, account, since, activity }: AdmittedSession, process: ProcessName): SessionFacts => ({
  id,
  protocol,
  address: client.ip,
  ...(account === undefined ? {} : { account }),
  since,
  doing: activity,
  process,
});

function processFacts({ process, slots, processSessions, places, clock }: AnswerParts): ProcessFacts {
  const { holder, downSince } = slots;
  return {
    process,
    holder,
    mayAct: slots.mayAct(),
    ...(downSince === undefined ? {} : { storeDownSince: clock.now() - (clock.monotonic() - downSince) }),
    sessions: Object.fromEntries(protocols.map((protocol) => [protocol, processSessions.live(protocol)])),
    commands: Object.fromEntries(protocols.map((protocol) => [protocol, places.running(protocol)])),
  };
}
