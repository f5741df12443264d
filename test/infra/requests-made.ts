import { readdirSync, readFileSync } from 'node:fs';
import { root } from './stage-app.ts';

const sourcesIn = (room: string): readonly string[] => {
  const directory = new URL(`platform/aws/${room}/`, root);
  return readdirSync(directory).map((file) => readFileSync(new URL(file, directory), 'utf8'));
};
const named = (rooms: readonly string[], pattern: RegExp): readonly string[] =>
  rooms.flatMap(sourcesIn).flatMap((source) => [...source.matchAll(pattern)].map(([, name = '']) => name));

/** What the adapters in these rooms ask of DynamoDB, as rights name it, each once, in order. */
export const requestsIn = (...rooms: readonly string[]): readonly string[] =>
  [...new Set(named(rooms, /new (\w+)Command\(/g))].map((name) => `dynamodb:${name}`).sort();

/** What they write in transactions, of which each part is a right of its own. */
export const partsIn = (...rooms: readonly string[]): readonly string[] =>
  [...new Set(named(rooms, /\b(ConditionCheck|Put|Update|Delete): \{/g))].map((name) => `dynamodb:${name}Item`).sort();
