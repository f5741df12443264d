import {
  type FailingPeer,
  type FailureCache,
  forgottenAfter,
  type LearntCap,
  type PeerFailure,
  untilCleared,
} from '../../core/delivery/failure-cache.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { countOf } from '../count-of.ts';
import { print, printJson, section } from '../output.ts';
import { parsePeer, peerText } from '../peer.ts';
import { readableSpan, readableTime } from '../readable.ts';
import { spanOf } from '../span-option.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

const peers = `PEER is a host's address, 192.0.2.1, 192.0.2.1:587 or [2001:db8::1]:25 (the port is 25 when left out), or a next hop, example.net.`;

export const failuresCommands: readonly Command[] = [
  {
    words: ['failures', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption, limit: { value: 'N', doc: 'Lines of each kind to show at most. Default: 200' } },
    summary: 'Show which other hosts are left alone because they failed or are held, and what others are known to bear.',
    details: `A host that failed is tried by one connection for all processes when its time is over, then by all again.
mailweir failures clear PEER lets it be tried at once.`,
    run: listFailures,
  },
  {
    words: ['failures', 'clear'],
    args: [{ name: 'PEER', optional: true, many: true }],
    options: { ...dataOption, all: { doc: 'Everything, holds included.' } },
    summary: 'Forget failures, holds and learnt caps: the next message tries again.',
    details: `${peers}\nMessages that were put off meanwhile wait for their own time: mailweir queue retry ID tries one at once.`,
    run: clearFailures,
  },
  {
    words: ['failures', 'hold'],
    args: [{ name: 'PEER' }],
    options: {
      ...dataOption,
      for: { value: 'TIME', doc: 'Ends by itself after 90s, 30m, 2h or 3d. Without it, it stands until it is cleared.' },
      reason: { value: 'TEXT', doc: 'Why, for whoever reads the list or the queue. Default: held by an operator' },
    },
    summary: 'Keep every process from connecting to a host, or from sending to a domain. Connections that stand go on.',
    details: peers,
    run: holdPeer,
  },
];

async function listFailures(call: Call): Promise<void> {
  const limit = countOf(call, 'limit', 200);
  await withWorld(call, 'fail', async ({ failures, clock }) => {
    const now = clock.now();
    const all = await failures.list(limit);
    const failed = all.failures.filter((one) => stateOf(one, now) !== 'over');
    const caps = all.caps.filter(({ until }) => now < until);
    if (call.has('json')) return printJson({ failures: failed.map((one) => failureJson(one, now)), caps: caps.map(capJson) });
    const head = ['peer', 'name', 'state', 'failures', 'first', 'last', 'tried again', 'reason'];
    print(
      table(
        head,
        failed.map((one) => failureCells(one, now)),
        'no host is left alone',
      ),
    );
    if (caps.length > 0) section('Hosts that bear no more connections at once', [capsTable(caps, now)]);
    if (Math.max(all.failures.length, all.caps.length) === limit) print(`the first ${limit}; --limit shows more`);
  });
}

async function clearFailures(call: Call): Promise<void> {
  if (call.has('all') === call.args.length > 0)
    throw new CommandFailure('usage', 'name what to clear, or give --all', 'mailweir failures list shows what there is');
  const named = call.args.map(parsePeer);
  await withWorld(call, 'fail', async ({ failures }) => {
    if (named.length === 0) return print(`${await failures.clear()} forgotten`);
    const unknown: string[] = [];
    for (const peer of named) {
      if ((await failures.clear(peer)) > 0) print(`${peerText(peer)} is forgotten`);
      else unknown.push(`nothing is known of ${peerText(peer)}`);
    }
    if (named.some(({ kind }) => kind === 'host')) await clearHops(failures);
    if (unknown.length > 0) throw new CommandFailure('refused', unknown.join('\n'), 'mailweir failures list shows what there is');
  });
}

const mostHops = 10_000;

/** A next hop is left alone because of its hosts, and nobody noted which: with a host those go that are not held, at the cost of some DNS. */
async function clearHops(failures: FailureCache): Promise<void> {
  for (const { peer, held } of (await failures.list(mostHops)).failures) if (peer.kind === 'hop' && !held) await failures.clear(peer);
}

const mostReason = 300; // characters

async function holdPeer(call: Call): Promise<void> {
  const peer = parsePeer(call.args[0] ?? '');
  const span = spanOf(call);
  const reason = (call.value('reason') ?? 'held by an operator').slice(0, mostReason);
  await withWorld(call, 'create', async ({ failures, clock }) => {
    const now = clock.now();
    const until = span === undefined ? undefined : now + span;
    const [known] = await failures.read([peer]);
    await failures.hold(peer, known?.name ?? nameOf(peer), reason, now, until);
    print(`${peerText(peer)} is held ${until === undefined ? 'until it is cleared' : `until ${readableTime(until)}`}`);
  });
}

const nameOf = (peer: FailingPeer): string => (peer.kind === 'hop' ? peer.domain : peer.ip);

/** `trial due`: its time is over, and the next message for it tries. */
type State = 'held' | 'left alone' | 'trial due' | 'over';

function stateOf({ held, until, peer }: PeerFailure, now: number): State {
  if (now < until) return held ? 'held' : 'left alone';
  return held || peer.kind === 'hop' || now - until >= forgottenAfter ? 'over' : 'trial due';
}

function againText(failure: PeerFailure, now: number): string {
  if (failure.until === untilCleared) return 'when it is cleared';
  return now < failure.until ? `in ${readableSpan(failure.until - now)}` : 'with the next message';
}

const failureCells = (failure: PeerFailure, now: number): readonly string[] => [
  peerText(failure.peer),
  failure.name,
  stateOf(failure, now),
  String(failure.count),
  failure.count === 0 ? '-' : `${readableSpan(now - failure.firstAt)} ago`,
  failure.count === 0 ? '-' : `${readableSpan(now - failure.lastAt)} ago`,
  againText(failure, now),
  failure.reason,
];

const capsTable = (caps: readonly LearntCap[], now: number): string =>
  table(
    ['host', 'connections', 'for another', 'it said'],
    caps.map(({ ip, port, connections, until, reply }) => [
      peerText({ kind: 'host', ip, port }),
      String(connections),
      readableSpan(until - now),
      reply,
    ]),
    'none',
  );

const timeJson = (at: number): string => new Date(at).toISOString();

const failureJson = (failure: PeerFailure, now: number): object => ({
  peer: peerText(failure.peer),
  kind: failure.peer.kind,
  name: failure.name,
  state: stateOf(failure, now),
  failures: failure.count,
  firstAt: failure.count === 0 ? null : timeJson(failure.firstAt),
  lastAt: failure.count === 0 ? null : timeJson(failure.lastAt),
  until: failure.until === untilCleared ? null : timeJson(failure.until),
  reason: failure.reason,
});

const capJson = ({ ip, port, connections, until, reply }: LearntCap): object => ({
  peer: peerText({ kind: 'host', ip, port }),
  connections,
  until: timeJson(until),
  reply,
});
