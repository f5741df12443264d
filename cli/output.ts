import { visible } from './table.ts';

/** Answers go to stdout, everything said about them to stderr, so that a pipe carries only answers. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const say = (text: string): void => void process.stderr.write(`${text}\n`);
/** No control reaches a terminal: what JSON leaves as it is within strings it also reads as an escape. */
export const printJson = (value: unknown): void => print(jsonText(value));
export const jsonText = (value: unknown): string => JSON.stringify(value, undefined, 2).split('\n').map(visible).join('\n');
/** A part of a longer answer, under its title. */
export const section = (title: string, texts: readonly string[]): void => print(`\n${title}\n${texts.join('\n')}`);
