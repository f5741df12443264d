import type { Verb } from './command.ts';
import type { Scanner } from './scanner.ts';

/** GETQUOTA and SETQUOTA (RFC 9208 sections 4.1.1 and 4.1.3). The limits that SETQUOTA would set are read over: nobody may. */
export function parseQuota(scanner: Scanner, verb: 'GETQUOTA' | 'SETQUOTA'): Verb {
  scanner.space('a quota root');
  const root = scanner.astring('a quota root');
  if (verb === 'GETQUOTA') return { verb, root };
  scanner.space('limits in parentheses');
  scanner.expect('(', 'limits in parentheses');
  if (!scanner.skip(')')) {
    scanner.rest(() => {
      scanner.need('atom', 'a resource');
      scanner.space('a limit');
      return scanner.need('atom', 'a limit');
    });
  }
  return { verb, root };
}
