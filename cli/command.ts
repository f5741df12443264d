/** A word that stands for itself on the command line, as `--name` or `--name VALUE`. */
export interface Option {
  readonly doc: string;
  /** How help calls its value; without it the option is a switch. */
  readonly value?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
}

export interface Argument {
  /** In capitals, as help shows it. */
  readonly name: string;
  readonly optional?: boolean;
  /** Takes all that follow; only the last one may. */
  readonly many?: boolean;
}

/** One command as declared: parsing, help and suggestions all read this. */
export interface Command {
  /** `['account', 'add']` for `mailweir account add`. */
  readonly words: readonly [string, ...string[]];
  readonly args: readonly Argument[];
  readonly options: Readonly<Record<string, Option>>;
  readonly summary: string;
  /** Further paragraphs of its help. */
  readonly details?: string;
  /** Why it works on this machine alone. @default - a command that takes --data takes --stage instead, too */
  readonly notOnStage?: string;
  run(call: Call): Promise<void>;
}

/** What the command line said, checked against the declaration. */
export interface Call {
  readonly args: readonly string[];
  /** The last value of an option. */
  value(name: string): string | undefined;
  values(name: string): readonly string[];
  has(name: string): boolean;
}

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
} as const;

/** Ends a command with words for people: what is wrong, and what to do about it. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(kind: Exclude<keyof typeof exitCodes, 'ok'>, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCodes[kind];
    this.hint = hint;
  }
}

export const dataOption = { data: { value: 'DIR', doc: 'Data directory. Default: ./data' } } as const satisfies Record<string, Option>;
const stageOption = { stage: { value: 'NAME', doc: 'Work on this stage on AWS. Default: MAILWEIR_STAGE, if set' } } as const;

/** With what the command line adds to those it declares. */
export const optionsOf = ({ options, notOnStage }: Pick<Command, 'options' | 'notOnStage'>): Command['options'] =>
  'data' in options && notOnStage === undefined ? { ...options, ...stageOption } : options;

export const jsonOption = { json: { doc: 'Print JSON instead of a table.' } } as const satisfies Record<string, Option>;
