import { gunzipSync, gzipSync } from 'node:zlib';
import { type Parsed, parsedObject } from '../../../core/observe/process-facts.ts';

/** What a function may answer is 6 MB; of text that repeats as much as facts do, that is some 60 MB. */
const longestAnswer = 5 * 1024 * 1024;
const longestFacts = 64 * 1024 * 1024;

/** Facts as a function answers them. */
export interface PackedFacts {
  /** gzip in base64: a fact per line, as JSON. */
  readonly facts: string;
  /** False when there were more than an answer takes. */
  readonly isWhole: boolean;
}

export function packFacts(facts: readonly object[]): PackedFacts {
  for (let most = facts.length; ; most = Math.floor(most / 2)) {
    const lines = facts.slice(0, most).map((fact) => JSON.stringify(fact));
    const packed = gzipSync(lines.join('\n')).toString('base64');
    if (packed.length <= longestAnswer) return { facts: packed, isWhole: most === facts.length };
  }
}

/** @throws when it is no such answer */
export function unpackFacts(answer: Parsed): { readonly facts: readonly Parsed[]; readonly isWhole: boolean } {
  const { facts, isWhole } = answer ?? {};
  if (typeof facts !== 'string' || typeof isWhole !== 'boolean')
    throw new Error('the function that asks processes answered with something else');
  const lines = gunzipSync(Buffer.from(facts, 'base64'), { maxOutputLength: longestFacts }).toString().split('\n');
  return { facts: lines.map(parsedObject), isWhole };
}
