import { imapSettings } from '../../core/settings/listeners.ts';
import { limitText } from '../limit-text.ts';
import { readableSpan } from '../readable.ts';
import { fullness, isFull, isFullEverywhere, type LimitRow, usedOf } from './limit-rows.ts';
import { countOfAll, lastOf, type RefusalRow } from './refusal-rows.ts';
import type { Snapshot } from './snapshot.ts';

/** What a full limit does to whoever comes next. */
export interface Verdict {
  readonly does: 'refuses' | 'waits' | 'replaces' | 'observes';
  readonly protocol: LimitRow['protocol'];
  /** `20 of 20 sessions`. */
  readonly text: string;
}

export function verdicts(rows: readonly LimitRow[], snapshot: Snapshot): readonly Verdict[] {
  const { rulings, down } = snapshot;
  const closed: readonly Verdict[] = down.some(({ policy }) => policy === 'closed')
    ? [{ does: 'refuses', protocol: 'every', text: 'the slot store does not answer' }]
    : [];
  const replaces = rulings.every(({ settings }) => settings.get(imapSettings.whenFull) === 'drop-oldest-idle');
  const full = fullRows(rows, snapshot).map((row): Verdict => ({ does: deed(row, replaces), protocol: row.protocol, text: fullText(row) }));
  return [...closed, ...full];
}

/** A lost slot store changes what is counted where: see StoreDownPolicy. */
function fullRows(rows: readonly LimitRow[], { down, held }: Snapshot): readonly LimitRow[] {
  const isDown = down.length > 0 && down.length === held.processes.length;
  const isSlotless = ({ taken }: LimitRow): boolean => taken === undefined;
  if (isDown && down.every(({ policy }) => policy === 'open')) return rows.filter((row) => isSlotless(row) && isFull(row));
  return rows.filter((row) => (isDown && !isSlotless(row) ? isFullEverywhere(row, down.length) : isFull(row)));
}

function deed({ variants: [{ observe }], scope, protocol }: LimitRow, replaces: boolean): Verdict['does'] {
  if (observe) return 'observes';
  if (scope === 'fetches' || scope === 'searches' || scope === 'commands' || protocol === 'outbound') return 'waits';
  return scope === 'account' && protocol === 'imap' && replaces ? 'replaces' : 'refuses';
}

const nouns: Readonly<Partial<Record<LimitRow['scope'], string>>> = {
  total: 'sessions in all',
  reserved: 'sessions outside of the trusted networks',
  account: 'sessions',
  process: 'sessions in a process',
  commands: 'commands in a process',
  searches: 'SEARCH commands',
  login: 'failed logins in ten minutes',
};

export function fullText(row: LimitRow): string {
  const { scope, key, name, inUse, variants } = row;
  const used = usedOf(row);
  const noun = scope === 'address' ? `sessions of ${key.slice(name.length + 1)}` : scope === 'fetches' ? fetches(name) : nouns[scope];
  const only = inUse !== undefined && inUse < used ? `, of which ${used - inUse} without a session` : '';
  return `${used} of ${limitText(variants[0].limit)} ${noun}${only}`;
}

const fetches = (name: string): string => (name.endsWith('-per-account') ? 'FETCH commands' : 'FETCH commands in all');

/** How the sentence speaks of whom it is about. */
export interface Speech {
  /** `alice@example.org is refused` */
  readonly refused: string;
  /** `alice@example.org is not refused now` */
  readonly fine: string;
  /** `it was`, of the last hour. */
  readonly was: string;
}

/** The sentence that answers. @param rows of which the fullest is named when none is full */
export function headline(
  { refused, fine, was }: Speech,
  all: readonly Verdict[],
  rows: readonly LimitRow[],
  refusals: readonly RefusalRow[],
  now: number,
): string {
  const texts = sentences(all);
  if (all.some(({ does }) => does === 'refuses')) return `${refused} ${texts}`;
  const enforced = refusals.filter(({ observed, scope }) => !observed && scope !== 'login');
  const [before, last] = [countOfAll(enforced), lastOf(enforced)];
  const times = before === 1 ? 'once' : `${before} times`;
  const past = last === undefined ? '' : `; in the last hour ${was}, ${times}, last ${readableSpan(now - last)} ago`;
  return `${fine}${texts === '' ? nearest(rows) : `, but ${texts}`}${past}`;
}

const words: Readonly<Record<Verdict['does'], string>> = {
  refuses: '',
  waits: 'commands wait ',
  replaces: 'each new login ends the session that rests longest ',
  observes: 'would be, were it not only observed, ',
};

function sentences(all: readonly Verdict[]): string {
  const order = Object.keys(words) as readonly Verdict['does'][];
  return order
    .flatMap((does) => {
      const own = all.filter((one) => one.does === does);
      if (own.length === 0) return [];
      return `${words[does]}${own.map(({ protocol, text }) => `${where(protocol)}${text}`).join('; ')}`;
    })
    .join('; ');
}

const where = (protocol: Verdict['protocol']): string => (protocol === 'every' ? 'everywhere: ' : `on ${protocol}: `);

/** Below this part of a limit it is no news. */
const worthTelling = 0.5;

function nearest(rows: readonly LimitRow[]): string {
  const [fullest] = rows.toSorted((a, b) => fullness(b) - fullness(a));
  return fullest === undefined || fullness(fullest) < worthTelling
    ? ''
    : `; nearest to full ${where(fullest.protocol)}${fullText(fullest)}`;
}
