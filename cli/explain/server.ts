import type { SessionFacts } from '../../core/observe/process-facts.ts';
import { networkSettings } from '../../core/settings/network.ts';
import { everybodysLimits, outboundLimits, strangersLimits } from '../../core/slots/met-limits.ts';
import { networkOf, parseIp } from '../../core/values/network.ts';
import { type Protocol, protocols } from '../../core/values/protocol.ts';
import type { CommandWorld } from '../command-world.ts';
import { print, printJson, section } from '../output.ts';
import { table } from '../table.ts';
import { type LimitRow, limitRows } from './limit-rows.ts';
import { advice, limitJson, limitsTable, unusedText } from './limits-table.ts';
import { countOfAll, refusalCells, refusalHead, refusalJson, refusalRows } from './refusal-rows.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { stateNotes } from './state-notes.ts';
import { headline, verdicts } from './verdict.ts';

/** Who takes most, of each kind and protocol. */
const mostTakers = 3;

interface Taker {
  readonly protocol: Protocol;
  readonly kind: 'account' | 'address';
  readonly who: string;
  readonly sessions: number;
  /** Of the total's limit; undefined when that is unlimited. */
  readonly percent: number | undefined;
}

/** The server as a whole: its totals, who takes most of them, what was refused. */
export async function explainServer(world: CommandWorld, asJson: boolean): Promise<void> {
  const snapshot = await takeSnapshot(world);
  const rows = await limitRows(
    (inForce) => [...everybodysLimits(inForce), ...strangersLimits(inForce), ...outboundLimits(inForce)],
    snapshot,
    world,
  );
  const refused = refusalRows(snapshot.refusals);
  const all = verdicts(rows, snapshot);
  const words = { refused: 'everybody is refused', fine: 'nothing that everybody meets is full', was: 'somebody was refused' };
  const first = headline(words, all, rows, refused, snapshot.now);
  const [notes, takers] = [stateNotes(snapshot), protocols.flatMap((protocol) => takersOf(protocol, rows, snapshot))];
  if (asJson)
    return printJson({
      headline: first,
      notes,
      verdicts: all,
      storeDown: snapshot.down.map(({ since, ...one }) => ({ ...one, since: new Date(since).toISOString() })),
      limits: rows.map(limitJson),
      takers,
      refused: refused.map(refusalJson),
    });
  print([first, ...notes].join('\n'));
  section('Limits', [limitsTable(rows), ...unusedText(rows)]);
  const helpful = advice(rows, undefined);
  if (helpful.length > 0) section('What helps', helpful);
  section('Who takes most', [table(['protocol', '', 'who', 'sessions', 'of the total'], takers.map(takerCells), 'nobody is connected')]);
  const cells = refused.map((row) => refusalCells(row, snapshot.now));
  section(`Refused in the last hour: ${countOfAll(refused)}`, [table(refusalHead, cells, 'nothing')]);
}

function takersOf(protocol: Protocol, rows: readonly LimitRow[], { sessions, rulings }: Snapshot): readonly Taker[] {
  const own = sessions.filter((session) => session.protocol === protocol);
  const limit = rows.find((row) => row.protocol === protocol && row.scope === 'total')?.variants[0].limit ?? 0;
  const settings = rulings[0]?.settings;
  const [v4, v6] = [settings?.get(networkSettings.ipv4Prefix) ?? 32, settings?.get(networkSettings.ipv6Prefix) ?? 64];
  const counted = ({ address }: SessionFacts): string => {
    const ip = parseIp(address);
    return ip === undefined ? address : networkOf(ip, v4, v6);
  };
  const top = (kind: Taker['kind'], whoOf: (session: SessionFacts) => string | undefined): readonly Taker[] =>
    [...Map.groupBy(own, whoOf)]
      .flatMap(([who, those]) =>
        who === undefined ? [] : [{ protocol, kind, who, sessions: those.length, percent: percentOf(those.length, limit) }],
      )
      .toSorted((a, b) => b.sessions - a.sessions)
      .slice(0, mostTakers);
  return [...top('account', ({ account }) => account), ...top('address', counted)];
}

const percentOf = (count: number, limit: number): number | undefined => (limit > 0 ? Math.round((100 * count) / limit) : undefined);

const takerCells = ({ protocol, kind, who, sessions, percent }: Taker): readonly string[] => [
  protocol,
  kind,
  who,
  String(sessions),
  percent === undefined ? '-' : `${percent} %`,
];
