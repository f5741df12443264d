import type { Clock } from '../values/clock.ts';
import type { EventFields, EventLog } from './event-log.ts';

const maxText = 2000; // characters of one field: whoever can make us log can't fill the disk with one event
const maxCauses = 5;

/**
 * Writes each event as one line of JSON: `at`, `level` and `event`, then its fields.
 * Controls and characters that move a terminal's cursor or turn its text round are escaped, so a text from outside stays within its field.
 * @param write takes the line without its line end
 */
export function jsonEventLog(write: (line: string) => void, clock: Pick<Clock, 'now'>): EventLog {
  const line = (level: 'info' | 'error', event: string, fields: object): void => {
    const head = { at: new Date(clock.now()).toISOString(), level, event };
    write(escapeInvisible(JSON.stringify({ ...head, ...fields, ...head }, bounded)));
  };
  return {
    event: (name: string, fields: EventFields = {}) => line('info', name, fields),
    failure: (name: string, error: unknown, fields: EventFields = {}) => line('error', name, { ...fields, error: errorFields(error) }),
  };
}

interface ErrorFields {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly causes?: readonly ErrorFields[];
}

function errorFields(error: unknown, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { name: 'thrown', message: String(error) };
  const { name, message, stack } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const inner = [...(error.cause === undefined ? [] : [error.cause]), ...(error instanceof AggregateError ? error.errors : [])];
  const causes = depth < maxCauses ? inner.slice(0, maxCauses).map((cause) => errorFields(cause, depth + 1)) : [];
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack: frames(stack) }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

/** The stack without its first lines, which repeat name and message. */
const frames = (stack: string): string =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .join('\n');

const bounded = (_: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > maxText ? `${value.slice(0, maxText)}… (${value.length} characters)` : value;

/** JSON escapes the C0 controls; these are left: DEL, C1, line separators, direction marks, lone byte-order marks. */
const invisible = /[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const escapeInvisible = (json: string): string =>
  json.replace(invisible, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
