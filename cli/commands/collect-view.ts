import { isFailure } from '../../core/collect/next-run.ts';
import { keepText, parseSourceName, type RunReport, type RunResult, type Source, type SourceName } from '../../core/collect/source.ts';
import { CommandFailure } from '../command.ts';
import { readableSpan, readableTime } from '../readable.ts';

/** What a result means, for people. */
const resultTexts: Readonly<Record<RunResult, string>> = {
  done: 'all is here',
  more: 'ended before all was here',
  stopped: 'broken off, the server had to end',
  unreachable: 'the server can not be reached',
  cut: 'the connection broke',
  'too-slow': 'the server is too slow',
  tls: 'no safe connection',
  protocol: 'the server speaks no POP3 that makes sense',
  busy: 'the server is busy',
  'in-use': 'somebody else is reading the maildrop',
  'login-delay': 'the server wants fewer logins',
  'login-refused': 'the login is refused',
  'server-refuses': 'the server refuses for good',
  'no-starttls': 'the server has no STLS',
  'no-uidl': 'the server has no UIDL',
  'too-many': 'the server lists more than is taken',
  'no-secret': 'the secret with the password is missing',
  'no-account': 'the account here is gone',
  failed: 'an error of ours',
};

export function sourceNameOf(text: string): SourceName {
  const name = parseSourceName(text);
  if (name !== undefined) return name;
  throw new CommandFailure(
    'usage',
    `${JSON.stringify(text.slice(0, 80))} is no name of a source`,
    'letters, digits, dots, hyphens and underscores, at most 64',
  );
}

export const noSuchSource = (name: string): CommandFailure =>
  new CommandFailure('refused', `there is no source ${name}`, 'mailweir collect list shows them');

export const isRunning = ({ claimedUntil }: Source, now: number): boolean => claimedUntil !== undefined && claimedUntil > now;

function stateText(source: Source, now: number): string {
  if (isRunning(source, now)) return 'running';
  if (!source.enabled) return 'held';
  return source.nextRunAt <= now ? 'due' : `next in ${readableSpan(source.nextRunAt - now)}`;
}

export function resultText({ result, reason }: RunReport): string {
  return `${resultTexts[result]}${reason === undefined ? '' : `: ${reason}`}`;
}

export const sourceHead = ['name', 'server', 'user', 'account', 'state', 'collected', 'last success', 'last result'];

export const sourceCells = (source: Source, now: number): readonly string[] => [
  source.name,
  `${source.host}:${source.port}`,
  source.user,
  source.account,
  stateText(source, now),
  String(source.collected),
  source.lastSuccessAt === undefined ? 'never' : `${readableSpan(now - source.lastSuccessAt)} ago`,
  source.lastRun === undefined ? '-' : resultText(source.lastRun),
];

export const sourceDetails = (source: Source, now: number): readonly (readonly string[])[] => [
  ['name', source.name],
  ['server', `${source.host} port ${source.port}, ${source.tls === 'none' ? 'no TLS' : `TLS ${source.tls}`}`],
  ['user', `${source.user}, password in secret:${source.secret}`],
  ['account', source.account],
  ['state', stateText(source, now)],
  ['collected', `${source.collected} since it was added`],
  ['last success', source.lastSuccessAt === undefined ? 'never' : readableTime(source.lastSuccessAt)],
  ['failures', `${source.failures} since then`],
  ['login delay', source.loginDelay === 0 ? '-' : readableSpan(source.loginDelay * 1000)],
  ...(source.lastRun === undefined ? [] : runDetails(source.lastRun)),
];

const runDetails = (run: RunReport): readonly (readonly string[])[] => [
  ['last run', `${readableTime(run.startedAt)}, ${readableSpan(run.endedAt - run.startedAt)} long`],
  ['  result', resultText(run)],
  ['  listed', run.listed === undefined ? '-' : String(run.listed)],
  ['  collected', String(run.collected)],
  ['  deleted', String(run.deleted)],
  ['  too large', String(run.tooLarge)],
  ['  not given out', String(run.refused)],
];

const timeJson = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

export function sourceJson(source: Source, now: number): object {
  const { name, host, port, tls, user, secret, account, enabled, failures, loginDelay, collected, lastRun } = source;
  return {
    name,
    host,
    port,
    tls,
    user,
    password: `secret:${secret}`,
    keep: keepText(source.keep),
    account,
    enabled,
    running: isRunning(source, now),
    nextRunAt: timeJson(source.nextRunAt),
    lastSuccessAt: timeJson(source.lastSuccessAt),
    failures,
    loginDelay,
    collected,
    lastRun: lastRun === undefined ? null : runJson(lastRun),
  };
}

const runJson = ({ startedAt, endedAt, reason, listed, ...rest }: RunReport): object => ({
  ...rest,
  failed: isFailure(rest.result),
  reason: reason ?? null,
  listed: listed ?? null,
  startedAt: timeJson(startedAt),
  endedAt: timeJson(endedAt),
});
