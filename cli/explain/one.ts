import { mostPeers } from '../../core/delivery/failure-cache.ts';
import { isTrusted } from '../../core/slots/applied-limit.ts';
import { everybodysLimits, firstOf, strangersLimits } from '../../core/slots/met-limits.ts';
import { type Network, networkContains } from '../../core/values/network.ts';
import type { CommandWorld } from '../command-world.ts';
import { print, printJson, section } from '../output.ts';
import { peerText } from '../peer.ts';
import { readableSpan } from '../readable.ts';
import { sessionJson, sessionsTable } from '../sessions-table.ts';
import { table } from '../table.ts';
import { type LimitRow, limitRows } from './limit-rows.ts';
import { advice, limitJson, limitsTable, unusedText } from './limits-table.ts';
import { countOfAll, type RefusalRow, refusalCells, refusalHead, refusalJson, refusalRows } from './refusal-rows.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { stateNotes } from './state-notes.ts';
import { everybodysRefusals, nameOf, ownLimits, ownRefusals, ownSessions, type Whom } from './subject.ts';
import { headline, verdicts } from './verdict.ts';

/** Sessions shown in text; `mailweir sessions` shows all. */
const mostSessions = 50;
/** About hosts of a wide network. */
const mostNotes = 20;

/** What one account, address or network meets. */
export async function explainOne(whom: Whom, world: CommandWorld, asJson: boolean): Promise<void> {
  const snapshot = await takeSnapshot(world);
  const own = await limitRows(ownLimits(whom, snapshot), snapshot, world);
  const shared = await limitRows((inForce) => [...everybodysLimits(inForce), ...strangersFor(whom, inForce)], snapshot, world);
  const refused = { own: refusalRows(ownRefusals(whom, snapshot)), everybody: refusalRows(everybodysRefusals(snapshot)) };
  const all = verdicts([...own, ...shared], snapshot);
  const name = nameOf(whom);
  const words = { refused: `${name} is refused`, fine: `${name} is not refused now`, was: 'it was' };
  const first = headline(words, all, own, refused.own, snapshot.now);
  const notes = await notesOn(whom, world, snapshot);
  if (asJson)
    return printJson({
      ...whomJson(whom, snapshot),
      headline: first,
      notes,
      verdicts: all,
      ...factsJson({ own, shared, refused }, whom, snapshot),
    });
  print([first, ...notes].join('\n'));
  printParts(whom, snapshot, { own, shared, refused });
}

interface Parts {
  readonly own: readonly LimitRow[];
  readonly shared: readonly LimitRow[];
  readonly refused: { readonly own: readonly RefusalRow[]; readonly everybody: readonly RefusalRow[] };
}

/** An address knows whether it is trusted; an account may come from anywhere. */
const strangersFor = ({ kind }: Whom, inForce: Snapshot['rulings'][number]) => (kind === 'account' ? strangersLimits(inForce) : []);

function printParts(whom: Whom, snapshot: Snapshot, { own, shared, refused }: Parts): void {
  const { now } = snapshot;
  const sessions = ownSessions(whom, snapshot);
  section('Limits', [limitsTable(own), ...unusedText(own)]);
  const helpful = advice([...own, ...shared], nameOf(whom));
  if (helpful.length > 0) section('What helps', helpful);
  const left = sessions.length - mostSessions;
  section(`Sessions: ${sessions.length}`, [
    sessions.length === 0 ? 'none' : sessionsTable(sessions.slice(0, mostSessions), now),
    ...(left > 0 ? [`and ${left} more: mailweir sessions`] : []),
  ]);
  const rows = refused.own.map((row) => refusalCells(row, now));
  section(`Refused in the last hour: ${countOfAll(refused.own)}`, [table(refusalHead, rows, 'nothing')]);
  section('What everybody meets', [limitsTable(shared)]);
  const others = refused.everybody.map((row) => refusalCells(row, now));
  if (others.length > 0) section('Refused in the last hour for reasons that meet everybody', [table(refusalHead, others, '')]);
}

async function notesOn(whom: Whom, world: CommandWorld, snapshot: Snapshot): Promise<readonly string[]> {
  const subject =
    whom.kind === 'account'
      ? await accountNotes(whom.account, world)
      : [...trustNotes(whom.network, snapshot), ...(await hostNotes(whom.network, world))];
  return [...stateNotes(snapshot), ...subject];
}

async function accountNotes(
  account: Extract<Whom, { kind: 'account' }>['account'],
  { accounts }: CommandWorld,
): Promise<readonly string[]> {
  return (await accounts.find(account)) === undefined ? [`There is no account ${account}.`] : [];
}

function trustNotes(network: Extract<Whom, { kind: 'network' }>['network'], { rulings }: Snapshot): readonly string[] {
  const trusted = rulings.map((ruling) => isTrusted(ruling, firstOf(network)));
  if (trusted.every((one) => !one)) return ['It is not among network/trusted.'];
  return [trusted.every((one) => one) ? 'It is among network/trusted.' : 'Some processes have it among network/trusted.'];
}

/** The same address may be a host that our own mail goes to. */
async function hostNotes(network: Network, { failures, clock }: CommandWorld): Promise<readonly string[]> {
  const [all, now] = [await failures.list(mostPeers), clock.now()];
  const failed = all.failures.flatMap(({ peer, name, reason, until, held }) => {
    if (peer.kind === 'hop' || until <= now || !networkContains(network, peer.ip)) return [];
    const how = held ? 'is held by an operator' : `is left alone for another ${readableSpan(until - now)}`;
    return [`Mail for others: the host ${peerText(peer)} (${name}) ${how}: ${reason}`];
  });
  const caps = all.caps.flatMap(({ ip, port, connections, until, reply }) =>
    until <= now || !networkContains(network, ip)
      ? []
      : [`Mail for others: the host ${peerText({ kind: 'host', ip, port })} bears ${connections} connections at once; it said: ${reply}`],
  );
  return [...failed, ...caps].slice(0, mostNotes);
}

const whomJson = (whom: Whom, { rulings }: Snapshot): object =>
  whom.kind === 'account'
    ? { account: whom.account }
    : { network: whom.network, trusted: rulings.every((ruling) => isTrusted(ruling, firstOf(whom.network))) };

const factsJson = ({ own, shared, refused }: Parts, whom: Whom, snapshot: Snapshot): object => ({
  storeDown: snapshot.down.map(({ since, ...one }) => ({ ...one, since: new Date(since).toISOString() })),
  limits: own.map(limitJson),
  everybodysLimits: shared.map(limitJson),
  sessions: ownSessions(whom, snapshot).map(sessionJson),
  refused: refused.own.map(refusalJson),
  everybodyRefused: refused.everybody.map(refusalJson),
});
