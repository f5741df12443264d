import type { Ask } from '../core/observe/asking.ts';
import type { SessionFacts } from '../core/observe/process-facts.ts';
import { kickRequest } from '../core/observe/process-requests.ts';
import { sessionsKey } from '../core/slots/slot-key.ts';
import type { SlotStore } from '../core/slots/slot-store.ts';
import type { HolderId, SessionId } from '../core/values/ids.ts';
import { protocols } from '../core/values/protocol.ts';
import { CommandFailure } from './command.ts';
import { print } from './output.ts';
import { processText } from './process-text.ts';

/** A whole session id: only that is passed on where nobody answers who could say whose beginning it is. */
const wholeId = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Ends sessions by their ids or the beginnings of them. Does all it can; what could not be done is told at the end, with exit code 3. */
export async function kickSessions(ask: Ask, ids: readonly string[], store: SlotStore): Promise<void> {
  const sessions = await ask({ ask: 'sessions' });
  const failures: string[] = [];
  for (const id of new Set(ids.map((text) => text.toUpperCase()))) {
    const found = sessions.filter((session) => session.id.toUpperCase().startsWith(id));
    const [session, ...others] = found;
    if (others.length > 0) failures.push(`${id} is the beginning of ${found.length} ids: give more of it`);
    else if (session !== undefined) (await kickOne(ask, session)) || failures.push(`${session.id} has ended already`);
    else (await passOn(ask, id, store)) || failures.push(noSuchSession(id));
  }
  if (failures.length > 0)
    throw new CommandFailure('refused', failures.join('\n'), 'mailweir sessions shows the ids; the beginning of one is enough');
}

async function kickOne(ask: Ask, { id, protocol, account, address, process }: SessionFacts): Promise<boolean> {
  const answers = await ask({ ask: 'kick', session: id as SessionId }, { only: process });
  if (!answers.some(({ done }) => done)) return false;
  print(`${id} is told to go: ${protocol} of ${account ?? 'nobody yet'} from ${address}, process ${processText(process)}`);
  return true;
}

/** Through the holder rows of live processes that do not answer. @returns whether there is one */
async function passOn(ask: Ask, id: string, store: SlotStore): Promise<boolean> {
  if (!wholeId.test(id)) return false;
  const answering = new Set((await ask({ ask: 'process' })).map(({ holder }) => holder));
  let asked = 0;
  for (const holder of await liveHolders(store)) {
    if (answering.has(holder) || !(await store.ask(holder, kickRequest(id as SessionId)))) continue;
    asked += 1;
    print(
      `${id}: no process that answers has it; asked ${holder}, which does not answer, through its row: with its next heartbeat it ends it, if it has it`,
    );
  }
  return asked > 0;
}

/** Whoever has a session holds a slot of a total. */
async function liveHolders(store: SlotStore): Promise<readonly HolderId[]> {
  const items = await Promise.all(protocols.map((protocol) => store.read(sessionsKey(protocol))));
  const holders = new Set(items.flatMap((item) => [...(item?.entries.keys() ?? [])]));
  const rows = await Promise.all([...holders].map(async (holder) => ({ holder, row: await store.holder(holder) })));
  return rows.filter(({ row }) => row?.state === 'live' && row.leaseUntil >= store.leaseTime()).map(({ holder }) => holder);
}

const noSuchSession = (id: string): string =>
  `no process has a session ${id}${wholeId.test(id) ? '' : ', and where one does not answer only a whole id can be passed on'}`;
