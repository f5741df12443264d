import { parseDuration } from '../core/settings/units.ts';
import { type Call, CommandFailure } from './command.ts';

/** ms */
const longest = 365 * 86_400_000;

/** What `--for` says. @returns ms; undefined when nothing is said. @throws CommandFailure */
export function spanOf(call: Call): number | undefined {
  const text = call.value('for');
  if (text === undefined) return undefined;
  const span = (parseDuration(text) ?? 0) * 1000;
  if (span > 0 && span <= longest) return span;
  throw new CommandFailure('usage', `--for takes 1s–365d; ${JSON.stringify(text.slice(0, 20))} is not`);
}
