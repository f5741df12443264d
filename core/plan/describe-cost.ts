import { defaultHabits, type HabitName, habitFacts } from './habits.ts';
import { perMillion } from './per-million.ts';
import { type Plan, planFor } from './plan.ts';
import { type Price, prices, pricesAsOf } from './prices.ts';
import { type ServicePlan, sessionsOf } from './size.ts';
import { type Asked, operations } from './units.ts';

/** Of a household, a firm, a provider. */
const shown = [50, 1_000, 100_000];

const intro = `# What a stage costs on AWS

Made from \`core/plan\` by \`npm run docs\`; don't edit it here. \`mailweir plan --accounts N\` reckons it for other numbers and habits.

Dollars a month in us-east-1, on demand, without free tiers, discounts and taxes; prices as of ${pricesAsOf}. Requests of tables and of the
bucket come from what our operations ask for, by AWS's rules; how long functions run, how much is logged and how many messages a vCPU bears are
estimates, and nothing of it was seen on a bill yet.
`;

/** The text of docs/cost.md. */
export function describeCost(): string {
  const plans = shown.map((accounts) => planFor(accounts, defaultHabits));
  return [intro, habitsSection(), ...plans.map(planSection), besideSection(plans), operationsSection(), pricesSection()].join('\n');
}

function habitsSection(): string {
  const rows = (Object.keys(defaultHabits) as HabitName[]).map((name) => [
    optionOf(name),
    String(defaultHabits[name]),
    habitFacts[name].doc,
  ]);
  return section('Habits', table(['option', 'here', 'what it is'], rows));
}

/** @returns `messages-kb` as the command line calls it */
export const optionOf = (name: HabitName): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function planSection({ accounts, lines, total, sizes }: Plan): string {
  const rows = lines.map(({ what, dollars, how }) => [what, money(dollars), how]);
  const sum = [`**all**`, `**${money(total)}**`, `${money(total / accounts)} an account`];
  const limits = Object.entries(sizes.limits).map(([name, value]) => `\`${name}\` ${value}`);
  return section(
    `${accounts.toLocaleString('en')} accounts`,
    `${table(['for', 'dollars', 'what'], [...rows, sum])}
Deploy it with \`${contextOf('smtp', sizes.smtp)} ${contextOf('mailbox', sizes.mailbox)}\`: its tasks bear ${bears(sizes.mailbox)} sessions of mailboxes,
where ${sizes.mailbox.open.toLocaleString('en')} are open when most are. Limits to begin with: ${limits.join(', ')}.
`,
  );
}

const bears = ({ memory, tasks }: ServicePlan): string => (sessionsOf(memory) * tasks).toLocaleString('en');

/** For `cdk deploy`. The services scale by themselves from half of the tasks to twice as many. */
export function contextOf(service: 'smtp' | 'mailbox', { cpu, memory, tasks }: ServicePlan): string {
  const values = { Cpu: cpu, Memory: memory, MinTasks: Math.max(2, Math.ceil(tasks / 2)), MaxTasks: Math.max(10, 2 * tasks) };
  return Object.entries(values)
    .map(([what, value]) => `-c ${service}${what}=${value}`)
    .join(' ');
}

function besideSection(plans: readonly Plan[]): string {
  const { messageKb } = defaultHabits;
  const rows = perMillion(messageKb).map(({ what, dollars, others }) => [
    what,
    money(dollars),
    others.map(({ name, dollars: theirs }) => `${money(theirs)} ${name}`).join('; ') || 'none sells it',
  ]);
  const workMail = prices.workMailUser.dollars;
  const users = plans.map(({ accounts, total }) => [accounts.toLocaleString('en'), money(total), money(accounts * workMail)]);
  return section(
    'Beside others',
    `One more million a month on a stage that stands, without tasks, storage and transfer; messages of ${messageKb} KB.

${table(['a million', 'dollars', 'others'], rows)}
All of it beside WorkMail at $${workMail} a user, which ends on 31 March 2027. SES and Mail Manager have no mailboxes, and none of them limits sessions.

${table(['accounts', 'here', 'WorkMail'], users)}`,
  );
}

function operationsSection(): string {
  const rows = Object.entries(operations).map(([name, { writes = 0, reads = 0, puts = 0, gets = 0 }]: [string, Asked]) =>
    [`\`${name}\``, writes, reads, puts, gets].map(String),
  );
  return section('What operations ask for', table(['operation', 'write units', 'read units', 'puts', 'gets'], rows));
}

function pricesSection(): string {
  const rows = Object.values(prices).map(({ dollars, per, source }: Price) => [`$${dollars}`, per, source]);
  return section(`Prices, ${pricesAsOf}`, table(['dollars', 'for one', 'source'], rows));
}

const section = (title: string, text: string): string => `## ${title}\n\n${text}`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row), ''].join('\n');

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** Cents while they matter. */
export const money = (dollars: number): string => (dollars < 1_000 ? dollars.toFixed(2) : Math.round(dollars).toLocaleString('en'));
