import { limitText } from '../limit-text.ts';
import { processesText, processText } from '../process-text.ts';
import { holdingJson } from '../slot-holders.ts';
import { table } from '../table.ts';
import { fullness, isFull, type LimitRow, usedOf, type Variant } from './limit-rows.ts';

const head = ['limit', 'in use', 'taken', 'of', 'full', 'from', 'mode'];

/** One line for a limit; one more for each other value that some processes have. */
export const limitsTable = (rows: readonly LimitRow[]): string => table(head, rows.flatMap(linesOf), 'none');

function linesOf(row: LimitRow): readonly (readonly string[])[] {
  const { key, inUse, taken, variants } = row;
  const [first, ...others] = variants;
  const full = first.limit > 0 ? `${Math.round(100 * fullness(row))} %` : isFull(row) ? '100 %' : '-';
  return [
    [key, String(inUse ?? '-'), String(taken ?? '-'), ...valueCells(first, others.length > 0, full)],
    ...others.map((variant) => ['', '', '', ...valueCells(variant, true, '')]),
  ];
}

const valueCells = ({ limit, observe, from, processes }: Variant, isOneOfSeveral: boolean, full: string): readonly string[] => [
  limitText(limit),
  full,
  isOneOfSeveral ? `${from}, process ${processesText(processes)}` : from,
  observe ? 'observe' : 'enforce',
];

/** @returns slots that no session uses, and whose they are: they refuse others all the same */
export function unusedText(rows: readonly LimitRow[]): readonly string[] {
  return rows.flatMap(({ key, holders }) =>
    holders.flatMap(({ holder, slots, state, process, inUse }) => {
      const who = process === undefined ? `holder ${holder}` : `process ${processText(process)}`;
      if (state !== 'live') return [`${slots} of ${key} are left by ${who}, which is dead; they come back when somebody needs them`];
      if (inUse === undefined) return [`${slots} of ${key} are held by ${who}, which does not answer`];
      return slots > inUse ? [`${slots - inUse} of ${key} are kept ready by ${who} for its next sessions`] : [];
    }),
  );
}

/** Commands that help where a limit is full. @param whom as the command line takes it */
export function advice(rows: readonly LimitRow[], whom: string | undefined): readonly string[] {
  return rows.filter(isFull).flatMap((row) => {
    const { key, name, scope, variants, holders } = row;
    const more = 2 * Math.max(1, variants[0].limit);
    const raise =
      scope === 'account' || scope === 'address'
        ? `mailweir override set ${name} ${scope === 'account' && whom !== undefined ? whom : key.slice(name.length + 1)} ${more} --for 2h`
        : scope === 'login'
          ? undefined
          : `mailweir settings set ${name} ${more}`;
    const clear = holders.some(({ state, slots, inUse }) => state !== 'live' || slots > (inUse ?? slots))
      ? `mailweir slots clear ${key}`
      : undefined;
    return [raise, clear].filter((text) => text !== undefined);
  });
}

export const limitJson = (row: LimitRow): object => ({
  limit: row.name,
  key: row.key,
  protocol: row.protocol,
  scope: row.scope,
  inUse: row.inUse ?? null,
  taken: row.taken ?? null,
  used: usedOf(row),
  full: isFull(row),
  values: row.variants.map(({ limit, observe, from, processes }) => ({ limit, mode: observe ? 'observe' : 'enforce', from, processes })),
  holders: row.holders.map(holdingJson),
});
