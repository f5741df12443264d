import { parseArgs } from 'node:util';
import { nearestName } from '../core/settings/nearest-name.ts';
import { type Call, type Command, CommandFailure, optionsOf } from './command.ts';

/**
 * Checks the words behind a command's name against its declaration.
 * @throws CommandFailure for an unknown option, a missing value, too few or too many arguments
 */
export function parseCall(declared: Command, rest: readonly string[]): Call {
  const command = { ...declared, options: optionsOf(declared) };
  const { tokens, positionals } = parseArgs({
    args: [...rest],
    options: Object.fromEntries(
      Object.entries(command.options).map(([name, { value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', multiple: true },
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const value = checkedValue(command, token);
    given.set(token.name, [...(given.get(token.name) ?? []), value]);
  }
  checkRepeats(command, given);
  checkCount(command, positionals);
  return {
    args: positionals,
    value: (name) => given.get(name)?.at(-1),
    values: (name) => given.get(name) ?? [],
    has: (name) => given.has(name),
  };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkedValue(command: Command, { name, rawName, value, inlineValue }: OptionToken): string {
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (option === undefined && name === 'stage')
    throw usage(command, `${command.notOnStage ?? 'it works on no stage'}; it takes no --stage`);
  if (option === undefined) {
    const near = nearestName(name, Object.keys(command.options));
    throw usage(command, `there is no option ${rawName.slice(0, 60)}${near === undefined ? '' : `; did you mean --${near}?`}`);
  }
  if (option.value === undefined && value !== undefined) throw usage(command, `--${name} takes no value`);
  // `--data --json` is a forgotten value, not a directory of that name; who means it writes `--data=--json`.
  const forgotten = value === undefined || value === '' || (inlineValue === false && value.startsWith('-'));
  if (option.value !== undefined && forgotten) throw usage(command, `--${name} needs a value: --${name} ${option.value}`);
  return value ?? '';
}

function checkRepeats(command: Command, given: ReadonlyMap<string, readonly string[]>): void {
  for (const [name, values] of given) {
    const option = command.options[name];
    if (values.length > 1 && option?.value !== undefined && option.multiple !== true) throw usage(command, `--${name} was given twice`);
  }
}

function checkCount({ args, ...command }: Command, given: readonly string[]): void {
  const missing = args.find(({ optional }, i) => optional !== true && given[i] === undefined);
  if (missing !== undefined) throw usage({ args, ...command }, `${missing.name} is missing`);
  const extra = given[args.length];
  if (extra !== undefined && args.at(-1)?.many !== true)
    throw usage({ args, ...command }, `${JSON.stringify(extra.slice(0, 60))} is one word too many`);
}

const usage = (command: Command, message: string): CommandFailure =>
  new CommandFailure('usage', message, `mailweir ${command.words.join(' ')} --help shows how it is used`);
