import { octetsPerSession, shareForSessions } from '../settings/memory.ts';
import type { Habits } from './habits.ts';
import { hoursOfMonth, prices } from './prices.ts';

/** Of one service, as the CDK app's context takes it. */
export interface ServicePlan {
  /** Fargate's units; 1,024 are a vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  readonly tasks: number;
  /** Sessions of the service open at once when most are, and begun in the busiest second. */
  readonly open: number;
  readonly begun: number;
}

/** What limits are to be set to, by name. */
export type PlannedLimits = Readonly<Record<string, number>>;

export interface Sizes {
  readonly smtp: ServicePlan;
  readonly mailbox: ServicePlan;
  readonly limits: PlannedLimits;
}

/** At which the services are scaled out: of the sessions that the memory bears, and of the CPU. */
const target = 0.6;
/** Passwords are checked with argon2id, 37 to 50 ms each: so many a second take a vCPU. Who logged in within the last minute is known. */
const loginsPerCpu = 20;
/** TLS, dialogue, and what SPF, DKIM and DMARC say: estimated, and not seen on Fargate. */
const messagesPerCpu = 50;
const daySeconds = 86_400;
/** How long a session of mail in transit stands, s. */
const stands = { smtp: 10, msa: 5, pop3: 5 } as const;
/** One process has one event loop and two threads for passwords: more than two vCPUs are of no use to it, and so large a heap neither. */
const sold = [
  [256, 512],
  [256, 1024],
  [512, 1024],
  [512, 2048],
  [1024, 2048],
  [1024, 4096],
  [2048, 4096],
] as const;
/** Half of what a balancer bears: the rest is for the busiest day, and for deploys, in which two generations serve. */
const mostTasks = 35;
/** One of them may go. */
const leastTasks = 2;

/** Sessions that one task bears. Each kind of session costs the same memory. */
export const sessionsOf = (memory: number): number => Math.floor((memory * 1024 ** 2 * shareForSessions) / octetsPerSession.imap);

export function sizesFor(accounts: number, habits: Habits): Sizes {
  const perSecond = (daily: number): number => (accounts * daily * habits.peak) / daySeconds;
  const [smtp, msa] = [perSecond(habits.received * Math.max(1, habits.knocks)), perSecond(habits.sent)];
  const [imap, pop3] = [perSecond(habits.imapSessions), perSecond(habits.pop3Sessions)];
  const open = {
    smtp: smtp * stands.smtp,
    msa: msa * stands.msa,
    imap: accounts * habits.imapOpen,
    pop3: pop3 * stands.pop3,
  };
  return {
    smtp: serviceFor(open.smtp + open.msa, smtp + msa, msa / loginsPerCpu + perSecond(habits.received + habits.sent) / messagesPerCpu),
    mailbox: serviceFor(open.imap + open.pop3, imap + pop3, (imap + pop3) / loginsPerCpu),
    limits: limitsFor(open, habits),
  };
}

/** The cheapest that bears it. @param cpus vCPUs that are busy in the busiest minute */
function serviceFor(open: number, begun: number, cpus: number): ServicePlan {
  const choices = sold.map(([cpu, memory]): ServicePlan => {
    const bySessions = Math.ceil(open / (sessionsOf(memory) * target));
    const byCpu = Math.ceil(cpus / ((cpu / 1024) * target));
    return { cpu, memory, tasks: Math.max(leastTasks, bySessions, byCpu), open: Math.ceil(open), begun };
  });
  const fitting = choices.filter(({ tasks }) => tasks <= mostTasks);
  return (fitting.length > 0 ? fitting : choices.slice(-1)).reduce((best, one) => (taskDollars(one) < taskDollars(best) ? one : best));
}

/** A month of all its tasks. */
export const taskDollars = ({ cpu, memory, tasks }: Pick<ServicePlan, 'cpu' | 'memory' | 'tasks'>): number =>
  tasks * hoursOfMonth * ((cpu / 1024) * prices.cpuHour.dollars + (memory / 1024) * prices.memoryHour.dollars);

/** Half as much again as is open when most are, in round numbers, and never less than a household needs. */
function limitsFor(open: Readonly<Record<'smtp' | 'msa' | 'imap' | 'pop3', number>>, { imapOpen }: Habits): PlannedLimits {
  return {
    'smtp/sessions': round(1.5 * open.smtp),
    'msa/sessions': round(1.5 * open.msa),
    'imap/sessions': round(1.5 * open.imap),
    'pop3/sessions': round(1.5 * open.pop3),
    // An account's programs together, twice over: after a change of network the old sessions still stand for a while.
    'imap/sessions-per-account': Math.max(20, Math.ceil(imapOpen * 4)),
  };
}

/** Two digits, upwards. */
function round(value: number): number {
  const least = 100;
  if (value <= least) return least;
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / step) * step;
}
