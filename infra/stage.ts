import type { Brand } from '../core/values/brand.ts';

/** One deployment of Mailweir in an account: `dev`, `prod`. It becomes part of stack names and of SSM paths. */
export type Stage = Brand<string, 'Stage'>;

/** What is legal in a stack's name and in an SSM path alike, and short enough for the names that are built with it. */
const form = /^[a-z][a-z0-9-]{0,18}[a-z0-9]$/;

/** @throws when it is missing or cannot be part of those names, saying how to give one */
export function parseStage(value: unknown): Stage {
  if (isStage(value)) return value;
  throw new Error(
    `stage ${JSON.stringify(value)}: give 2 to 20 of a-z, 0-9 and "-", a letter first and no "-" last, as in: npx cdk deploy -c stage=prod`,
  );
}

/** Whether it can be part of those names. */
export const isStage = (value: unknown): value is Stage => typeof value === 'string' && form.test(value);
