import { serverSettings } from '../../../core/settings/server.ts';
import type { CommandOf, Handler, ImapPorts } from '../answer.ts';
import {
  type Annotated,
  computedEntries,
  type Entry,
  metadataLines,
  namedEntries,
  reachAnnotated,
  scopeOf,
  setOf,
  wholeNames,
} from '../metadata.ts';
import type { Authenticated, Selected } from '../state.ts';

type Get = CommandOf<'GETMETADATA'>;

/** GETMETADATA (RFC 5464 section 4.2). */
export const getMetadata: Handler<'GETMETADATA'> = async (command, state, ports) => {
  const place = await reachAnnotated(command.mailbox, state, ports);
  if (typeof place === 'string') return { state, reply: place };
  const there = await entriesAt(place, command, state, ports);
  const found = command.depth === 0 ? namedEntries(command.entries, there) : there.filter(({ entry }) => isAskedFor(entry, command));
  const { maxSize = Number.POSITIVE_INFINITY } = command;
  const isLong = ({ value }: Entry): boolean => (value?.length ?? 0) > maxSize;
  const told = found.filter((one) => !isLong(one));
  for (const line of metadataLines(place.name, told, state.agreed)) await ports.out.line(line);
  const longest = Math.max(0, ...found.filter(isLong).map(({ value }) => value?.length ?? 0));
  return { state, reply: `OK ${longest > 0 ? `[METADATA LONGENTRIES ${longest}] ` : ''}GETMETADATA completed` };
};

async function entriesAt(
  { mailbox }: Annotated,
  { entries }: Get,
  { account }: Authenticated | Selected,
  { annotations, settings }: ImapPorts,
): Promise<readonly Entry[]> {
  const asked = [...new Set(entries.map(scopeOf))].flatMap((scope) => {
    const set = setOf(scope, mailbox, account);
    return set === undefined ? [] : [{ scope, set }];
  });
  const found = await annotations.read(asked.map(({ set }) => set));
  const kept = asked.flatMap(({ scope }, i) => wholeNames(scope, found[i] ?? []));
  return [...kept, ...computedEntries(mailbox, settings.get(serverSettings.admin))];
}

/** The entry itself, or one below it as deep as asked. */
const isAskedFor = (entry: string, { entries, depth }: Get): boolean =>
  entries.some((asked) => {
    if (entry === asked) return true;
    if (!entry.startsWith(`${asked}/`)) return false;
    return depth === 'infinity' || !entry.slice(asked.length + 1).includes('/');
  });
