import { nearestName } from '../core/settings/nearest-name.ts';
import { InvalidSettings } from '../core/settings/resolve.ts';
import { version } from '../listeners/this-machine.ts';
import { type Command, CommandFailure, exitCodes } from './command.ts';
import { accountCommands } from './commands/account.ts';
import { aliasCommands } from './commands/alias.ts';
import { collectCommands } from './commands/collect.ts';
import { collectRunCommands } from './commands/collect-run.ts';
import { dkimCommands } from './commands/dkim.ts';
import { dnsCommand } from './commands/dns.ts';
import { explainCommand } from './commands/explain.ts';
import { failuresCommands } from './commands/failures.ts';
import { metricsCommand } from './commands/metrics.ts';
import { overrideCommands } from './commands/override.ts';
import { planCommands } from './commands/plan.ts';
import { publicCommands } from './commands/public.ts';
import { queueCommands } from './commands/queue.ts';
import { queueChangeCommands } from './commands/queue-change.ts';
import { quotaCommands } from './commands/quota.ts';
import { rightsCommands } from './commands/rights.ts';
import { routeCommands } from './commands/route.ts';
import { routeTestCommand } from './commands/route-test.ts';
import { serveCommand } from './commands/serve.ts';
import { sessionsCommand } from './commands/sessions.ts';
import { settingsChangeCommands } from './commands/settings-change.ts';
import { settingsReadCommands } from './commands/settings-read.ts';
import { slotsCommand } from './commands/slots.ts';
import { slotsClearCommand } from './commands/slots-clear.ts';
import { commandHelp, groupHelp } from './help.ts';
import { print, say } from './output.ts';
import { parseCall } from './parse-call.ts';
import { visible } from './table.ts';

const commands: readonly Command[] = [
  serveCommand,
  ...accountCommands,
  ...aliasCommands,
  ...quotaCommands,
  ...rightsCommands,
  ...publicCommands,
  ...dkimCommands,
  dnsCommand,
  ...settingsReadCommands,
  ...settingsChangeCommands,
  ...overrideCommands,
  explainCommand,
  metricsCommand,
  sessionsCommand,
  slotsClearCommand, // before the shorter one
  slotsCommand,
  ...routeCommands,
  routeTestCommand,
  ...queueCommands,
  ...queueChangeCommands,
  ...failuresCommands,
  ...collectCommands,
  ...collectRunCommands,
  ...planCommands,
];

/** The command line. Never throws: what went wrong is told on stderr and in the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // `mailweir settings list | head` closes the pipe early; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failed));
  try {
    await run(argv);
  } catch (error) {
    process.exitCode = tell(error);
  }
}

async function run(argv: readonly string[]): Promise<void> {
  if (argv[0] === '--version') return print(version());
  if (argv[0] === 'help') return run([...argv.slice(1), '--help']);
  if (argv[0] === '--stage' || argv[0]?.startsWith('--stage=')) return runOnStage(argv);
  const command = commandOf(argv);
  if (command === undefined) return runGroup(argv);
  const rest = argv.slice(command.words.length);
  if (asksForHelp(rest)) return print(commandHelp(command));
  await command.run(parseCall(command, rest));
}

/** `mailweir --stage prod account list` is `mailweir account list --stage prod`. */
function runOnStage(argv: readonly string[]): Promise<void> {
  const [option = '', ...rest] = argv;
  const given = option.includes('=') ? [option] : [option, ...rest.splice(0, 1)];
  const command = commandOf(rest);
  const words = command?.words.length ?? rest.length;
  return run([...rest.slice(0, words), ...(command === undefined ? [] : given), ...rest.slice(words)]);
}

const commandOf = (argv: readonly string[]): Command | undefined =>
  commands.find(({ words }) => words.every((word, i) => argv[i] === word));

/** `mailweir`, `mailweir account`, or a word that is no command. */
function runGroup(argv: readonly string[]): void {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? argv : argv.slice(0, end);
  const known = commands.some((command) => words.length < command.words.length && words.every((word, i) => command.words[i] === word));
  if (known && asksForHelp(argv)) print(groupHelp(commands, words));
  else if (known && words.length === argv.length) {
    say(groupHelp(commands, words));
    process.exitCode = exitCodes.usage;
  } else {
    throw new CommandFailure(
      'usage',
      unknownCommand(known ? argv.slice(0, words.length + 1) : words),
      'mailweir --help lists the commands',
    );
  }
}

function unknownCommand(words: readonly string[]): string {
  const text = words.join(' ');
  const near = nearestName(
    text,
    commands.map((command) => command.words.join(' ')),
  );
  return `there is no command ${JSON.stringify(text.slice(0, 60))}${near === undefined ? '' : `; did you mean mailweir ${near}?`}`;
}

/** Behind `--` every word is an argument. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h');
}

function tell(error: unknown): number {
  if (error instanceof CommandFailure) {
    for (const line of error.message.split('\n')) say(`mailweir: ${visible(line)}`); // one for each thing that could not be done
    if (error.hint !== undefined) say(`  ${visible(error.hint)}`);
    return error.exitCode;
  }
  if (error instanceof InvalidSettings) {
    for (const fault of error.faults) say(`mailweir: ${visible(fault)}`);
    return exitCodes.refused;
  }
  const [message = '', ...causes] = messagesOf(error);
  say(`mailweir: ${visible(message)}`);
  for (const cause of causes) say(`  because: ${visible(cause)}`);
  return exitCodes.failed;
}

/** The message of an error and of its causes, each only once: many a message quotes its cause. */
function messagesOf(error: unknown): readonly string[] {
  const messages: string[] = [];
  for (let cause = error, depth = 0; cause !== undefined && depth < 5; depth++) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (!messages.some((told) => told.includes(message))) messages.push(message);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return messages;
}

if (import.meta.main) await main(process.argv.slice(2));
