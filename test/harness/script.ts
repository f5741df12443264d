import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A dialogue script: what must be there, then what is said and done. */
export interface Script {
  readonly name: string;
  readonly given: readonly Deed[];
  readonly steps: readonly Step[];
}

/** One line of a script. `at` is `file:line`, for failures. */
export type Step = Deed | Said | Heard;

/** Something that happens besides the dialogue, in words; `text` are the indented lines below it. */
export interface Deed {
  readonly kind: 'deed';
  readonly at: string;
  readonly words: string;
  readonly text: readonly string[];
}

/** `phone> NOOP`; `phone>> NOO` sends no CRLF. */
export interface Said {
  readonly kind: 'said';
  readonly at: string;
  readonly actor: string;
  readonly text: string;
  readonly line: boolean;
}

/** `phone< +OK *`; `phone<< …` must be the very next line, also in IMAP. */
export interface Heard {
  readonly kind: 'heard';
  readonly at: string;
  readonly actor: string;
  readonly pattern: string;
  readonly next: boolean;
}

const speech = /^([a-z]+)(>>|>|<<|<)(?: {1,2}(.*))?$/;

/** @returns the scripts of a directory, by name */
export async function loadScripts(directory: string): Promise<readonly Script[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.txt')).sort();
  return Promise.all(files.map(async (file) => parseScript(file, await readFile(join(directory, file), 'utf8'))));
}

/** @throws with file:line when a line is no line of a script */
export function parseScript(file: string, text: string): Script {
  const steps: Step[] = [];
  let blank: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const at = `${file}:${i + 1}`;
    if (line.trim() === '') {
      blank.push('');
      continue;
    }
    if (line.startsWith('  ')) continueDeed(steps, [...blank, line.slice(2)], at);
    else if (!line.startsWith('#')) steps.push(parseStep(line.trimEnd(), at));
    blank = [];
  }
  const isGiven = (step: Step): step is Deed => step.kind === 'deed' && step.words.startsWith('given ');
  return { name: file.replace(/\.txt$/, ''), given: steps.filter(isGiven), steps: steps.filter((step) => !isGiven(step)) };
}

function parseStep(line: string, at: string): Step {
  const [, actor, arrow, text = ''] = speech.exec(line) ?? [];
  if (actor === undefined || arrow === undefined) return { kind: 'deed', at, words: line, text: [] };
  // `phone>  a1 NOOP` and `laptop> a1 NOOP` stand in columns: two spaces are one.
  return arrow.startsWith('>')
    ? { kind: 'said', at, actor, text, line: arrow === '>' }
    : { kind: 'heard', at, actor, pattern: text, next: arrow === '<<' };
}

/** An indented line belongs to the deed above it, and blank lines between two such. */
function continueDeed(steps: Step[], lines: readonly string[], at: string): void {
  const last = steps.pop();
  if (last?.kind !== 'deed') throw new Error(`${at}: an indented line belongs under a deed`);
  steps.push({ ...last, text: [...last.text, ...lines] });
}
