import type { SessionFacts } from '../../platform/embedded/process-socket.ts';
import { type Call, type Command, dataOption, jsonOption } from '../command.ts';
import { print, printJson } from '../output.ts';
import { readableSpan } from '../readable.ts';
import { table } from '../table.ts';
import { dataDirOf, requireData } from '../with-world.ts';

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
  run: showSessions,
};

async function showSessions(call: Call): Promise<void> {
  const dataDir = dataDirOf(call);
  requireData(dataDir);
  const { askProcesses } = await import('../../platform/embedded/process-socket.ts');
  const [account, protocol] = [call.value('account')?.toLowerCase(), call.value('protocol')];
  const sessions = (await askProcesses(dataDir, { ask: 'sessions' }))
    .filter((session) => account === undefined || session.account === account)
    .filter((session) => protocol === undefined || session.protocol === protocol)
    .toSorted((a, b) => a.since - b.since);
  if (call.has('json')) return printJson(sessions.map(sessionJson));
  const now = Date.now();
  const head = ['protocol', 'account', 'address', 'for', 'doing', 'process', 'id'];
  print(
    table(
      head,
      sessions.map((session) => cells(session, now)),
      'nobody is connected',
    ),
  );
}

const cells = ({ protocol, account, address, since, doing, process, id }: SessionFacts, now: number): readonly string[] => [
  protocol,
  account ?? '-',
  address,
  readableSpan(now - since),
  doing,
  String(process),
  id,
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
