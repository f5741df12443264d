import { parentPort } from 'node:worker_threads';
import type { CheckedEnvelope, SenderResults } from '../../core/delivery/sender-authentication.ts';
import type { AskDns, QuestionType } from './bounded-questions.ts';
import { CheckingSender } from './check-sender.ts';

/** What the process tells its checking thread; `check` and `question` are numbers that each side gives out. */
export type ToChecker =
  | { readonly to: 'begin'; readonly check: number; readonly envelope: CheckedEnvelope }
  | { readonly to: 'write'; readonly check: number; readonly octets: Uint8Array }
  | { readonly to: 'end'; readonly check: number }
  | { readonly to: 'abandon'; readonly check: number }
  | { readonly to: 'answer'; readonly question: number; readonly answers: readonly string[] | undefined };

export type FromChecker =
  | { readonly from: 'taken'; readonly check: number; readonly octets: number }
  | { readonly from: 'results'; readonly check: number; readonly results: SenderResults }
  | { readonly from: 'failed'; readonly check: number; readonly fault: string }
  | { readonly from: 'question'; readonly question: number; readonly name: string; readonly type: QuestionType };

interface Checking {
  readonly sender: CheckingSender;
  /** Steps of one message come one after the other. */
  last: Promise<void>;
}

const checks = new Map<number, Checking>();
const questions = new Map<number, (answers: readonly string[] | undefined) => void>();
let lastQuestion = 0;

const tell = (what: FromChecker): void => parentPort?.postMessage(what);

/** Each name is asked for once per message, however often it is mentioned. */
function asking(): AskDns {
  const asked = new Map<string, Promise<readonly string[]>>();
  return (name, type) => {
    const key = `${type} ${name.toLowerCase()}`;
    const known = asked.get(key) ?? ask(name, type);
    asked.set(key, known);
    return known;
  };
}

function ask(name: string, type: QuestionType): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const question = ++lastQuestion;
    questions.set(question, (answers) => (answers === undefined ? reject(new Error(`no answer for ${name}`)) : resolve(answers)));
    tell({ from: 'question', question, name, type });
  });
}

function follow(check: number, step: (sender: CheckingSender) => Promise<void>): void {
  const checking = checks.get(check);
  if (checking === undefined) return;
  checking.last = checking.last
    .then(() => step(checking.sender))
    .catch((error: unknown) => {
      if (checks.delete(check)) tell({ from: 'failed', check, fault: error instanceof Error ? error.message : String(error) });
    });
}

const take = (check: number, octets: Uint8Array): void =>
  follow(check, async (sender) => {
    await sender.write(octets);
    tell({ from: 'taken', check, octets: octets.length });
  });

const conclude = (check: number): void =>
  follow(check, async (sender) => {
    const results = await sender.end();
    if (checks.delete(check)) tell({ from: 'results', check, results });
  });

function told(message: ToChecker): void {
  switch (message.to) {
    case 'begin':
      checks.set(message.check, { sender: new CheckingSender(message.envelope, asking()), last: Promise.resolve() });
      break;
    case 'write':
      take(message.check, message.octets);
      break;
    case 'end':
      conclude(message.check);
      break;
    case 'abandon':
      checks.delete(message.check);
      break;
    case 'answer':
      questions.get(message.question)?.(message.answers);
      questions.delete(message.question);
  }
}

parentPort?.on('message', told);
