import type { Ask } from '../../core/observe/asking.ts';
import type { ProcessFacts } from '../../core/observe/process-facts.ts';
import type { AccountId } from '../../core/values/address.ts';
import { type Protocol, protocols } from '../../core/values/protocol.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { kickSessions } from '../kick.ts';
import { print, printJson } from '../output.ts';
import { rulingsOf } from '../rulings.ts';
import { askRunning } from '../running-settings.ts';
import { sessionJson, sessionsTable } from '../sessions-table.ts';
import { resolveStored } from '../settings-place.ts';
import { sayStoreDown } from '../store-state.ts';
import { placeText, withProcesses, withWorld } from '../with-world.ts';
import { accountNamed } from './account.ts';

export const sessionsCommand: Command = {
  words: ['sessions'],
  args: [],
  options: {
    ...dataOption,
    ...jsonOption,
    account: { value: 'ADDRESS', doc: 'Only sessions of this account.' },
    protocol: { value: 'NAME', doc: 'Only smtp, msa, pop3 or imap.' },
    kick: { value: 'ID', multiple: true, doc: 'End this session instead: its client gets a goodbye. The beginning of the id is enough.' },
  },
  summary: 'Show who is connected in every process, since when, doing what; or end sessions.',
  details: 'What is cut off in the table is whole with --json.',
  run: (call) => (call.has('kick') ? kick(call) : showSessions(call)),
};

async function kick(call: Call): Promise<void> {
  const other = ['account', 'protocol', 'json'].find((name) => call.has(name));
  if (other !== undefined) throw new CommandFailure('usage', `--kick names sessions by their ids; --${other} does not go with it`);
  await withWorld(call, 'fail', ({ slotStore, ask }) => kickSessions(ask, call.values('kick'), slotStore));
}

async function showSessions(call: Call): Promise<void> {
  const [account, protocol] = [accountOption(call), protocolOption(call)];
  await withProcesses(call, async (ask, place) => {
    const processes = await ask({ ask: 'process' });
    await sayIfStoreIsDown(ask, processes);
    const sessions = (await ask({ ask: 'sessions' }))
      .filter((session) => account === undefined || session.account === account)
      .filter((session) => protocol === undefined || session.protocol === protocol)
      .toSorted((a, b) => a.since - b.since);
    if (call.has('json')) return printJson(sessions.map(sessionJson));
    if (sessions.length === 0) return print(processes.length > 0 ? 'nobody is connected' : `no server runs on ${placeText(place)}`);
    print(sessionsTable(sessions, Date.now()));
  });
}

async function sayIfStoreIsDown(ask: Ask, processes: readonly ProcessFacts[]): Promise<void> {
  if (processes.every(({ storeDownSince }) => storeDownSince === undefined)) return;
  const now = Date.now();
  sayStoreDown(processes, rulingsOf(resolveStored(new Map()), await askRunning(ask), now), now);
}

function accountOption(call: Call): AccountId | undefined {
  const text = call.value('account');
  return text === undefined ? undefined : accountNamed(text);
}

function protocolOption(call: Call): Protocol | undefined {
  const text = call.value('protocol');
  const protocol = protocols.find((one) => one === text);
  if (text !== undefined && protocol === undefined)
    throw new CommandFailure('usage', `--protocol takes ${protocols.join(', ')}; ${JSON.stringify(text.slice(0, 20))} is not`);
  return protocol;
}
