import type { PartialRange } from '../../../core/values/partial-range.ts';
import type { SearchReturns } from './command.ts';
import { partialRange } from './parse-words.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

const items = ['MIN', 'MAX', 'ALL', 'COUNT'] as const;

/** The list behind RETURN (RFC 4731 section 3.1, RFC 9394 section 3.1): an empty one stands for ALL. */
export function searchReturns(scanner: Scanner): SearchReturns {
  const wanted = new Set<(typeof items)[number]>();
  let save = false;
  let partial: PartialRange | undefined;
  const option = (): void => {
    const name = scanner.need('letters', `one of ${items.join(', ')}, PARTIAL, SAVE`).toUpperCase();
    const item = items.find((one) => one === name);
    if (item !== undefined) wanted.add(item);
    else if (name === 'SAVE') save = true;
    else if (name === 'PARTIAL' && partial === undefined) {
      scanner.space('a range');
      partial = partialRange(scanner);
    } else if (name === 'PARTIAL') throw new SyntaxFault('Repeated search option PARTIAL');
    else throw new SyntaxFault(`Unknown search option ${name.slice(0, 40)}`);
  };
  scanner.expect('(', 'a list of search options in parentheses');
  if (!scanner.skip(')')) scanner.rest(option);
  // RFC 9394 section 3.1.
  if (partial !== undefined && wanted.has('ALL')) throw new SyntaxFault('PARTIAL and ALL exclude each other');
  if (wanted.size === 0 && partial === undefined && !save) wanted.add('ALL');
  return { items: items.filter((one) => wanted.has(one)), ...(partial && { partial }), save };
}
