import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** Names and values of one request's expressions. DynamoDB refuses a request that names what its expressions do not use, so they are noted as they are used. */
export class Expression {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};

  /** Attributes are always written by a placeholder: many of their names are reserved words, and ids begin with digits. */
  name(attribute: string): string {
    const known = Object.entries(this.names).find(([, name]) => name === attribute);
    if (known !== undefined) return known[0];
    const placeholder = `#${Object.keys(this.names).length}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }

  value(value: AttributeValue): string {
    const placeholder = `:${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  number(value: number): string {
    return this.value({ N: String(value) });
  }

  text(value: string): string {
    return this.value({ S: value });
  }
}
