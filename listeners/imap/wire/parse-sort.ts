import { type SortCriterion, sortKeys, threadAlgorithms } from '../../../core/values/sort-program.ts';
import type { Agreed } from './agreed.ts';
import type { Verb } from './command.ts';
import { searchKeys } from './parse-search.ts';
import { searchReturns } from './parse-search-returns.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

const maxCriteria = 100;

/** SORT and UID SORT behind the verb (RFC 5256 section 5), with RETURN of RFC 5267 section 3. */
export function parseSort(scanner: Scanner, uid: boolean, agreed: Agreed): Verb {
  scanner.space('sort criteria in parentheses');
  const returns = scanner.skip('RETURN ') ? searchReturns(scanner) : undefined;
  if (returns !== undefined) scanner.space('sort criteria in parentheses');
  const program = scanner.list('sort criteria', () => criterion(scanner));
  if (program.length > maxCriteria) throw new SyntaxFault(`SORT may have ${maxCriteria} criteria`);
  return { verb: 'SORT', uid, program, ...(returns && { returns }), ...searchProgram(scanner, agreed) };
}

/** THREAD and UID THREAD behind the verb. */
export function parseThread(scanner: Scanner, uid: boolean, agreed: Agreed): Verb {
  scanner.space('a threading algorithm');
  const name = scanner.need('atom', 'a threading algorithm').toUpperCase();
  const algorithm = threadAlgorithms.find((one) => one === name);
  if (algorithm === undefined) throw new SyntaxFault(`The threading algorithms are ${threadAlgorithms.join(' and ')}`);
  return { verb: 'THREAD', uid, algorithm, ...searchProgram(scanner, agreed) };
}

function criterion(scanner: Scanner): SortCriterion {
  const reverse = scanner.skip('REVERSE ');
  const name = scanner.need('letters', 'a sort criterion').toUpperCase();
  const key = sortKeys.find((one) => one === name);
  return key === undefined ? unknown(name) : { key, reverse };
}

function unknown(name: string): never {
  throw new SyntaxFault(`Unknown sort criterion ${name.slice(0, 40)}`);
}

/** The charset has to be named, unlike in SEARCH: also where everything is UTF-8. */
function searchProgram(scanner: Scanner, agreed: Agreed) {
  scanner.space('a charset');
  const charset = scanner.astring('a charset').toUpperCase();
  scanner.space('search criteria');
  return { charset, criteria: searchKeys(scanner, charset, agreed) };
}
