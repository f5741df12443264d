import type { Attributes } from './attributes.ts';
import { itemSize, readUnits, writeUnits } from './write-units.ts';

/** An item as a request met and left it; undefined: there was none. */
export interface Touched {
  readonly before: Attributes | undefined;
  readonly after: Attributes | undefined;
}

/** What one request costs. */
export interface Units {
  readonly read: number;
  readonly write: number;
}

export type Operation =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'BatchWriteItem'
  | 'TransactWriteItems';

/** A query is paid by the sum of the items that it passes, in whole 4 KB; one that finds nothing is one unit. Half of it when it need not be consistent. */
export function queryUnits(items: readonly Attributes[], consistent: boolean): number {
  const octets = items.reduce((sum, item) => sum + itemSize(item), 0);
  const whole = Math.max(1, Math.ceil(octets / 4096));
  return consistent ? whole : whole / 2;
}

/**
 * Units of a request by AWS's rule (developer guide, "DynamoDB read and write operations"). Items of a batch are rounded up one by one. A transaction pays
 * each of its items twice, those too that it only checks, and also when it is refused.
 * @param touched items of a query in their order; of all else one for each part of the request
 */
export function requestUnits(operation: Operation, touched: readonly Touched[], consistent: boolean): Units {
  const sum = (of: (one: Touched) => number): number => touched.reduce((all, one) => all + of(one), 0);
  switch (operation) {
    case 'GetItem':
    case 'BatchGetItem':
      return { read: sum(({ before }) => readUnits(before, consistent)), write: 0 };
    case 'Query':
      return {
        read: queryUnits(
          touched.flatMap(({ before }) => (before === undefined ? [] : [before])),
          consistent,
        ),
        write: 0,
      };
    case 'TransactWriteItems':
      return { read: 0, write: 2 * sum(({ before, after }) => writeUnits(before, after)) };
    default:
      return { read: 0, write: sum(({ before, after }) => writeUnits(before, after)) };
  }
}
