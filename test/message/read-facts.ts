import { readdirSync, readFileSync } from 'node:fs';
import { messageFacts } from '../../core/message/parse-message.ts';
import type { MessageFacts, MimePart } from '../../core/values/message-facts.ts';

const folder = new URL('../fixtures/messages/', import.meta.url);

/** Names of the messages that are kept as files, each named for its oddity. */
export const fixtureNames: readonly string[] = readdirSync(folder).map((file) => file.replace(/\.eml$/, ''));

export const fixture = (name: string): Buffer => readFileSync(new URL(`${name}.eml`, folder));

export function factsOf(octets: Uint8Array, chunk = octets.length || 1): MessageFacts {
  const facts = messageFacts();
  for (let at = 0; at < octets.length; at += chunk) facts.write(octets.subarray(at, at + chunk));
  return facts.end();
}

/** A structure as a line: types, and the text of each leaf. */
export function outline(part: MimePart, octets: Buffer): string {
  if (part.parts !== undefined) return `${part.subtype}[${part.parts.map((one) => outline(one, octets)).join(' ')}]`;
  if (part.message !== undefined) return `message(${part.message.envelope.subject} ${outline(part.message.structure, octets)})`;
  return `${part.type}/${part.subtype}:${part.lines}:${JSON.stringify(octets.toString('latin1', part.bodyStart, part.bodyEnd))}`;
}
