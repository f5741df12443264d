import type { AccountId } from '../../core/values/address.ts';
import { type Protocol, protocols } from '../../core/values/protocol.ts';
import type { SessionFacts } from '../../platform/embedded/process-facts.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { print, printJson } from '../output.ts';
import { readableSpan } from '../readable.ts';
import { askRunning } from '../running-settings.ts';
import { columns, fitted, shortened } from '../table.ts';
import { dataDirOf, requireData } from '../with-world.ts';
import { accountNamed } from './account.ts';

export const sessionsCommand: Command = {
  words: ['sessions'],
  args: [],
  options: {
    ...dataOption,
    ...jsonOption,
    account: { value: 'ADDRESS', doc: 'Only sessions of this account.' },
    protocol: { value: 'NAME', doc: 'Only smtp, msa, pop3 or imap.' },
  },
  summary: 'Show who is connected in every process, since when, doing what.',
  details: 'What is cut off in the table is whole with --json, as are the ids of the sessions.',
  run: showSessions,
};

async function showSessions(call: Call): Promise<void> {
  const [account, protocol] = [accountOption(call), protocolOption(call)];
  const dataDir = dataDirOf(call);
  requireData(dataDir);
  const { askProcesses } = await import('../../platform/embedded/process-socket.ts');
  const sessions = (await askProcesses(dataDir, 'sessions'))
    .filter((session) => account === undefined || session.account === account)
    .filter((session) => protocol === undefined || session.protocol === protocol)
    .toSorted((a, b) => a.since - b.since);
  if (call.has('json')) return printJson(sessions.map(sessionJson));
  if (sessions.length === 0) return print((await askRunning(dataDir)).size > 0 ? 'nobody is connected' : `no server runs on ${dataDir}`);
  const now = Date.now();
  const rows = [head, ...sessions.map((session) => cells(session, now))];
  print(columns(fitted(rows, Math.max(narrowest, process.stdout.columns ?? 0), leastDoing)));
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

/** Characters. */
const narrowest = 100;
const mostAccount = 28;
const leastDoing = 16;

const head = ['PROTOCOL', 'ACCOUNT', 'ADDRESS', 'FOR', 'PROCESS', 'DOING'];

const cells = ({ protocol, account, address, since, process: pid, doing }: SessionFacts, now: number): readonly string[] => [
  protocol,
  shortened(account ?? '-', mostAccount),
  address,
  readableSpan(now - since),
  String(pid),
  doing,
];

const sessionJson = ({ id, protocol, account, address, since, doing, process }: SessionFacts): object => ({
  id,
  protocol,
  account: account ?? null,
  address,
  since: new Date(since).toISOString(),
  doing,
  process,
});
