import type { Flag } from '../../core/values/flags.ts';

/** Most are read, some answered, a tenth has a keyword. */
export const flagsOf = (i: number): readonly Flag[] =>
  [
    ...(i % 20 === 0 ? [] : ['\\Seen']),
    ...(i % 5 === 0 ? ['\\Answered'] : []),
    ...(i % 10 === 0 ? ['$Work'] : []),
  ] as unknown as readonly Flag[];
