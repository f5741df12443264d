import type { Spool, SpoolFilter, SpoolRow } from '../../core/delivery/spool.ts';
import type { SpoolRowId } from '../../core/values/ids.ts';
import { type Call, CommandFailure, type Option } from '../command.ts';
import { hopOf } from './row-state.ts';

/** Options that say which rows a listing or a change is about. */
export const filterOptions = {
  hop: { value: 'HOP', doc: 'Only rows for this next hop: local, or a domain.' },
  held: { doc: 'Only held rows.' },
  match: { value: 'TEXT', doc: 'Only rows with this text in id, sender, recipients or last error.' },
} as const satisfies Record<string, Option>;

export const allOption = { all: { doc: 'All rows.' } } as const satisfies Record<string, Option>;

export function filterOf(call: Call): Omit<SpoolFilter, 'limit'> {
  const [hop, text] = [call.value('hop'), call.value('match')];
  return {
    ...(hop === undefined ? {} : { nextHop: hopOf(hop) }),
    ...(text === undefined ? {} : { text }),
    ...(call.has('held') ? { held: true } : {}),
  };
}

/** More at once would keep a command busy for minutes; it can be given again. */
export const mostChanged = 10_000;

/** @returns ids as they were named, or of the rows that the options choose. @throws CommandFailure when neither, or both, say which */
export async function selectedIds(call: Call, spool: Pick<Spool, 'list'>): Promise<readonly SpoolRowId[]> {
  const filter = filterOf(call);
  const chooses = Object.keys(filter).length > 0 || call.has('all');
  if (chooses === call.args.length > 0)
    throw new CommandFailure(
      'usage',
      'name rows by their ids, or choose them by --hop, --match, --held or --all',
      'mailweir queue list shows the ids',
    );
  if (!chooses) return call.args as readonly SpoolRowId[];
  const rows: readonly SpoolRow[] = await spool.list({ ...filter, limit: mostChanged });
  if (rows.length === 0)
    throw new CommandFailure('refused', 'no row in the queue is like that', 'mailweir queue list shows what is waiting');
  return rows.map(({ id }) => id);
}
