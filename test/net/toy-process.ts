import tls from 'node:tls';
import { RecentRefusals } from '../../core/observe/recent-refusals.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import { Admission } from '../../listeners/net/admission.ts';
import { CommandPlaces } from '../../listeners/net/command-places.ts';
import { lineProtocolHandler } from '../../listeners/net/line-protocol.ts';
import { Listener } from '../../listeners/net/listener.ts';
import { RoomMaker } from '../../listeners/net/make-room.ts';
import { MemoryBudget } from '../../listeners/net/memory-budget.ts';
import { ProcessSessions } from '../../listeners/net/process-sessions.ts';
import { Reception } from '../../listeners/net/reception.ts';
import { SessionRegistry } from '../../listeners/net/session-registry.ts';
import { processAnswers } from '../../listeners/process-answers.ts';
import { fellowProcesses } from '../../platform/embedded/fellow-processes.ts';
import { openProcessSocket } from '../../platform/embedded/process-socket.ts';
import { openSqliteSlotStore } from '../../platform/embedded/slots/slot-store.ts';
import { systemClock as clock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { certificate } from './connected.ts';
import { say, toy } from './toy.ts';

/** A process of its own that serves the toy protocol beside others on one data directory, over real slots. Prints its port. */
const [dataDir = '', values = '{}'] = process.argv.slice(2);
const settings = fixedSettings(JSON.parse(values));
const log = { event: () => {}, failure: (name: string, error: unknown) => console.error(name, error) };
const newId = systemNewId();
const slots = await openSlots({
  store: await openSqliteSlotStore(`${dataDir}/slots.db`, clock),
  clock,
  newId,
  policy: () => 'local',
  log,
});
const sessions = new SessionRegistry();
const processSessions = new ProcessSessions();
const rooms = new RoomMaker(sessions, fellowProcesses(dataDir, log));
const login = {
  check: async (user: string) => ({ id: user as AccountId, passwordHash: '', credentialVersion: 1, createdAt: 0 }),
  certificate: async () => ({ refused: 'bad-credentials' }) as const,
};
const makeRoom = (account: AccountId): Promise<boolean> => rooms.makeRoom(account);
const refusals = new RecentRefusals(() => clock.now());
const refused = refusals.tell.bind(refusals);
const admission = new Admission({ slots, sessions, processSessions, settings, login, clock, log, refused, makeRoom, newId });
const secureContext = () => tls.createSecureContext({ key: certificate.key, cert: certificate.certificate });
const environment = { budget: new MemoryBudget(1 << 26), secureContext, handshakeTimeout: () => 1000 };
const handler = lineProtocolHandler('imap', toy, (refusal) => `${say(refusal)}\r\n`, environment);
const reception = new Reception(handler, { admission, settings, log, refused, secureContext });
const listener = new Listener({ name: 'imap/port', implicitTls: false, port: 0, bind: '127.0.0.1' }, reception);
const places = new CommandPlaces(settings, clock);
const answering = { process: process.pid, sessions, settings: { inForce: () => [] }, slots, refusals, rooms, processSessions, places };
await openProcessSocket(dataDir, processAnswers({ ...answering, clock, log }));
await listener.open();
process.stdout.write(`${listener.port}\n`);
