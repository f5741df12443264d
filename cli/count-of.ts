import { type Call, CommandFailure } from './command.ts';

const most = 100_000;

/** @returns the whole number an option gives, or the default */
export function countOf(call: Call, option: string, otherwise: number): number {
  const text = call.value(option);
  if (text === undefined) return otherwise;
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most)
    throw new CommandFailure('usage', `--${option} takes 1–${most}; ${JSON.stringify(text.slice(0, 20))} is not`);
  return count;
}
