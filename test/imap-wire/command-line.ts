import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inspect } from 'node:util';
import { type Parsed, parseCommand } from '../../listeners/imap/wire/parse-command.ts';

export const octets = (text: string): Buffer => Buffer.from(text, 'latin1');
export const parse = (...received: string[]): Parsed => parseCommand(received.map(octets));

export function command(...received: string[]): Record<string, unknown> {
  const parsed = parse(...received);
  assert.equal(parsed.kind, 'command', `${received.join('|')}: ${inspect(parsed)}`);
  const { tag, ...verb } = (parsed as Extract<Parsed, { kind: 'command' }>).command;
  assert.equal(tag, 'a');
  return verb;
}

export function fault(...received: string[]): string {
  const parsed = parse(...received);
  assert.equal(parsed.kind, 'bad', `${received.join('|')}: ${inspect(parsed)}`);
  return (parsed as Extract<Parsed, { kind: 'bad' }>).text;
}

// What some commands are read as, with what tests do not vary.
export const text = (size: number) => ({ piece: 'text', size, nonSync: false, literal8: false });
export const appendOf = (pieces: readonly unknown[], then?: string) => ({
  verb: 'APPEND',
  mailbox: 'x',
  line: then === undefined ? { pieces } : { pieces, then },
});
export const section = (name: string, inside: unknown, more = {}) => ({ item: 'SECTION', name, section: inside, peek: false, ...more });
export const fetchOf = (...items: unknown[]) => ({ verb: 'FETCH', uid: false, set: [{ from: 1, to: 1 }], items });

/** Lines, and what they are read as. */
export type Read = readonly (readonly [line: string, verb: unknown])[];
/** Lines, and what their senders are told. */
export type Refused = readonly (readonly [line: string, says: RegExp])[];

export function areRead(table: Read): void {
  for (const [line, verb] of table) it(`is read: ${line}`, () => assert.deepEqual(command(line), verb));
}

export function areRefused(table: Refused): void {
  for (const [line, says] of table)
    it(`is refused with a reason: ${JSON.stringify(line.slice(0, 60))}`, () => assert.match(fault(line), says));
}
