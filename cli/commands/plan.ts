import { writeFile } from 'node:fs/promises';
import type { PlannedRoute } from '../../core/plan/cost.ts';
import { contextOf, describeCost, money, optionOf } from '../../core/plan/describe-cost.ts';
import { defaultHabits, type HabitName, type Habits, habitFacts } from '../../core/plan/habits.ts';
import { mostAccounts, type Plan, planFor } from '../../core/plan/plan.ts';
import { pricesAsOf } from '../../core/plan/prices.ts';
import { type Call, type Command, CommandFailure, jsonOption, type Option } from '../command.ts';
import { print, printJson } from '../output.ts';
import { table } from '../table.ts';

const names = Object.keys(defaultHabits) as readonly HabitName[];
const routes: readonly PlannedRoute[] = ['ses', 'smarthost', 'direct'];

const habitOptions: Readonly<Record<string, Option>> = Object.fromEntries(
  names.map((name) => [optionOf(name), { value: 'N', doc: `${upperFirst(habitFacts[name].doc)}. Default: ${defaultHabits[name]}` }]),
);

export const planCommands: readonly Command[] = [
  {
    words: ['plan', 'docs'],
    args: [],
    options: { write: { value: 'FILE', doc: 'Write to this file instead of stdout.' } },
    summary: 'Print what a stage costs, with habits and prices (docs/cost.md).',
    run: async (call) => {
      const file = call.value('write');
      if (file === undefined) process.stdout.write(describeCost());
      else await writeFile(file, describeCost());
    },
  },
  {
    words: ['plan'],
    args: [],
    options: {
      accounts: { value: 'N', doc: 'How many accounts.' },
      route: { value: 'WAY', doc: `How mail for other servers leaves: ${routes.join(', ')}. Default: ses` },
      ...habitOptions,
      ...jsonOption,
    },
    summary: 'Reckon limits, tasks and dollars a month on AWS for some accounts and their habits.',
    details: `mailweir plan --accounts 250 --imap-open 4 --message-kb 200
Nothing is asked and nothing is changed: it is arithmetic. docs/cost.md tells its prices and what operations ask for.`,
    run: plan,
  },
];

async function plan(call: Call): Promise<void> {
  const accounts = number(call, 'accounts', mostAccounts);
  if (accounts === undefined) throw new CommandFailure('usage', 'for how many accounts?', 'mailweir plan --accounts 250');
  const habits = Object.fromEntries(
    names.map((name) => [name, number(call, optionOf(name), habitFacts[name].most) ?? defaultHabits[name]]),
  ) as unknown as Habits;
  const planned = planFor(accounts, habits, routeOf(call));
  if (call.has('json')) return printJson({ ...planned, habits });
  printPlan(planned);
}

function printPlan({ accounts, lines, total, sizes }: Plan): void {
  const rows = lines.map(({ what, dollars, how }) => [what, money(dollars), how]);
  print(table(['for', 'dollars', 'what'], [...rows, ['all', money(total), `${money(total / Math.max(1, accounts))} an account`]], ''));
  print(`\ndeploy  ${contextOf('smtp', sizes.smtp)} \\\n        ${contextOf('mailbox', sizes.mailbox)}`);
  const limits = Object.entries(sizes.limits).map(([name, value]) => `${name} ${value}`);
  print(`limits  ${limits.join('\n        ')}`);
  print(`\nDollars a month, us-east-1, prices of ${pricesAsOf}; without free tiers and taxes.`);
}

/** @throws CommandFailure */
function number(call: Call, option: string, most: number): number | undefined {
  const text = call.value(option);
  if (text === undefined) return undefined;
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= most && (option !== 'accounts' || (Number.isInteger(value) && value > 0))) return value;
  throw new CommandFailure(
    'usage',
    `--${option} takes a number, ${option === 'accounts' ? 1 : 0} to ${most}; ${JSON.stringify(text.slice(0, 20))} is not`,
  );
}

function routeOf(call: Call): PlannedRoute {
  const text = call.value('route') ?? 'ses';
  const route = routes.find((one) => one === text);
  if (route === undefined)
    throw new CommandFailure('usage', `--route takes ${routes.join(', ')}; ${JSON.stringify(text.slice(0, 20))} is not`);
  return route;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
