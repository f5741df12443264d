import type { SearchReturns } from './command.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

const items = ['MIN', 'MAX', 'ALL', 'COUNT'] as const;

/** The list behind RETURN (RFC 4731 section 3.1): an empty one stands for ALL. */
export function searchReturns(scanner: Scanner): SearchReturns {
  const wanted = new Set<(typeof items)[number]>();
  let save = false;
  const option = (): void => {
    const name = scanner.need('letters', `one of ${items.join(', ')}, SAVE`).toUpperCase();
    const item = items.find((one) => one === name);
    if (item !== undefined) wanted.add(item);
    else if (name === 'SAVE') save = true;
    else throw new SyntaxFault(`Unknown search option ${name.slice(0, 40)}`);
  };
  scanner.expect('(', 'a list of search options in parentheses');
  if (!scanner.skip(')')) scanner.rest(option);
  if (wanted.size === 0 && !save) wanted.add('ALL');
  return { items: items.filter((one) => wanted.has(one)), save };
}
