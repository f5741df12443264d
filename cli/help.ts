import { type Argument, type Command, type Option, optionsOf } from './command.ts';
import { columns } from './table.ts';

const exitCodeHelp = `Exit codes: 0 done; 1 failed; 2 the command line is wrong; 3 refused by a rule (out of range, exists already, no such …).`;

/** `mailweir` and `mailweir account`: the commands that begin with these words. */
export function groupHelp(commands: readonly Command[], words: readonly string[]): string {
  const inGroup = commands.filter((command) => words.every((word, i) => command.words[i] === word));
  const title = ['mailweir', ...words].join(' ');
  const rows = inGroup.map((command) => [
    `  ${command.words.join(' ')} ${command.args.map(argumentText).join(' ')}`.trimEnd(),
    command.summary,
  ]);
  const intro = words.length === 0 ? ['Mailweir: SMTP, submission, POP3 and IMAP behind exact session limits.', ''] : [];
  return [
    ...intro,
    `Usage: ${title} COMMAND [options]`,
    '',
    columns(rows),
    '',
    `${title} COMMAND --help tells more about one.${words.length === 0 ? ' mailweir --version tells the version.' : ''}`,
    ...(words.length === 0
      ? ['mailweir --stage NAME COMMAND works on a stage on AWS, with your credentials for it, instead of ./data.', exitCodeHelp]
      : []),
  ].join('\n');
}

export function commandHelp(command: Command): string {
  const usage = ['mailweir', ...command.words, ...command.args.map(argumentText), '[options]'].join(' ');
  const options = [...Object.entries(optionsOf(command)).map(optionRow), ['  --help', 'Show this.']];
  const details = command.details === undefined ? [] : ['', command.details];
  return [`Usage: ${usage}`, '', command.summary, ...details, '', 'Options:', columns(options), '', exitCodeHelp].join('\n');
}

function argumentText({ name, optional, many }: Argument): string {
  const text = many === true ? `${name}…` : name;
  return optional === true ? `[${text}]` : text;
}

const optionRow = ([name, { value, doc, multiple }]: [string, Option]): readonly string[] => [
  `  --${name}${value === undefined ? '' : ` ${value}`}`,
  `${doc}${multiple === true ? ' May be repeated.' : ''}`,
];
