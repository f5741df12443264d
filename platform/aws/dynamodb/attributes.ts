import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item as DynamoDB gives it. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Items are outside data: each parse gives a type or names the fault. @param where names the item and attribute in the fault */
export function wholeNumber(value: AttributeValue | undefined, where: string): number {
  const number = Number(value?.N ?? Number.NaN);
  if (!Number.isSafeInteger(number)) throw new Error(`${where} is no whole number: ${JSON.stringify(value)}`);
  return number;
}

export function text(value: AttributeValue | undefined, where: string): string {
  if (value?.S === undefined) throw new Error(`${where} is no text: ${JSON.stringify(value)}`);
  return value.S;
}

export const optionalText = (value: AttributeValue | undefined): string | undefined => value?.S;

export const optionalWhole = (value: AttributeValue | undefined, where: string): number | undefined =>
  value === undefined ? undefined : wholeNumber(value, where);
