import { type Literal, literalAtEnd } from './framing.ts';
import type { SyntaxFault } from './scanner.ts';

/**
 * To be answered `<tag> BAD [code] text` (or NO), or `* BAD text` without a tag. When the last line announced a literal it is given
 * back: one that is not synchronizing comes all the same, with the rest of the command behind it, and has to be thrown away.
 */
export interface Refused {
  readonly kind: 'bad';
  readonly tag?: string;
  readonly reply: 'BAD' | 'NO';
  readonly code?: string;
  readonly text: string;
  readonly literal?: Literal;
}

export function refusedBy(fault: SyntaxFault, tag: string | undefined, received: readonly Buffer[]): Refused {
  const literal = received.length % 2 === 1 ? literalAtEnd(received.at(-1) ?? Buffer.alloc(0)) : undefined;
  return {
    kind: 'bad',
    reply: fault.reply,
    text: fault.message,
    ...(tag === undefined ? {} : { tag }),
    ...(fault.code === undefined ? {} : { code: fault.code }),
    ...(literal === undefined ? {} : { literal }),
  };
}
