import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Attributes } from './attributes.ts';

/** What DynamoDB charges, by its documented rule (developer guide, "DynamoDB item sizes and formats" and "capacity unit consumption"). */

/** Bytes of an item: names and values in UTF-8, and what DynamoDB adds to lists, maps and numbers. */
export function itemSize(item: Attributes): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

/**
 * Units of one write: the larger of the item before and after it, in whole KB. A write whose condition did not hold is charged the same, by the
 * item it met, and at least 1.
 */
export function writeUnits(before: Attributes | undefined, after: Attributes | undefined): number {
  return Math.max(1, ...[before, after].map((item) => (item === undefined ? 1 : Math.ceil(itemSize(item) / 1024))));
}

/** Units of one read: whole 4 KB, an item that is not there counts as one; half of it when the read need not be consistent. */
export function readUnits(item: Attributes | undefined, consistent: boolean): number {
  const whole = item === undefined ? 1 : Math.ceil(itemSize(item) / 4096);
  return consistent ? whole : whole / 2;
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.L !== undefined) return 3 + sum(value.L.map((element) => 1 + valueSize(element)));
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSize(value.M);
  if (value.SS !== undefined) return sum(value.SS.map((element) => Buffer.byteLength(element)));
  if (value.NS !== undefined) return sum(value.NS.map(numberSize));
  if (value.BS !== undefined) return sum(value.BS.map((element) => element.byteLength));
  throw new Error(`no type of DynamoDB: ${JSON.stringify(value)}`);
}

/** One byte per two significant digits, paired from the decimal point, and one more; a minus is another. Outer zeroes do not count. */
function numberSize(number: string): number {
  const [, minus = '', whole = '', part = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = whole + part;
  const first = digits.search(/[1-9]/);
  if (first < 0) return 1;
  const significant = digits.slice(first).replace(/0+$/, '').length;
  const power = whole.length - 1 - first + Number(exponent); // of ten, of the first digit
  const pairs = power % 2 === 0 ? 1 + Math.ceil((significant - 1) / 2) : Math.ceil(significant / 2);
  return 1 + pairs + (minus === '-' ? 1 : 0);
}

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
