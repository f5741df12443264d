import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandFailure } from './command.ts';

const maxInput = 4096; // octets; a longer first line is no password

/**
 * A password from stdin: its first line, or asked for twice, without echo, on a terminal. Never from the command line, where every
 * user of the machine could read it in the list of processes.
 */
/** @param command whose password it is, for the hint */
export async function readNewPassword(account: string, command: 'add' | 'password'): Promise<string> {
  if (!process.stdin.isTTY) return firstLine(`account ${command} ${account}`);
  const password = await ask(`New password for ${account}: `);
  if ((await ask('The same again: ')) !== password)
    throw new CommandFailure('refused', 'the two passwords are not the same', 'nothing was changed');
  return password;
}

async function firstLine(command: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > maxInput || (chunk as Buffer).includes(0x0a)) break;
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split('\n', 1);
  if (line.replace(/\r$/, '') === '') {
    throw new CommandFailure(
      'usage',
      'no password came on stdin',
      `give it there, for example: printf '%s\\n' "$PASSWORD" | mailweir ${command}`,
    );
  }
  return line.replace(/\r$/, '');
}

/** Asks on the terminal and shows nothing of the answer. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await answerTo('', createInterface({ input: process.stdin, output: silent, terminal: true }));
  } finally {
    process.stderr.write('\n');
  }
}

/** Asks before what can't be undone. Without a terminal nobody could answer: the command line itself was the decision. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) return;
  const answer = await answerTo(`${question} [y/N] `, createInterface({ input: process.stdin, output: process.stderr }));
  if (!/^y(es)?$/i.test(answer.trim())) throw cancelled();
}

/** Closes the terminal's interface with the answer; Ctrl-C and Ctrl-D are answers too. */
async function answerTo(question: string, terminal: Interface): Promise<string> {
  const left = new Promise<never>((_, reject) => {
    terminal.once('SIGINT', () => reject(cancelled()));
    terminal.once('close', () => reject(cancelled()));
  });
  try {
    return await Promise.race([terminal.question(question), left]);
  } finally {
    terminal.close();
    left.catch(() => {}); // closing rejects it, after the answer is known
  }
}

const cancelled = (): CommandFailure => new CommandFailure('failed', 'cancelled', 'nothing was changed');
