import { hoursOfMonth, type PriceName, prices } from './prices.ts';
import { type ServicePlan, type Sizes, taskDollars } from './size.ts';
import { type Asked, emptyPollsPerQueueHour, processHour, requestsPerWakeUp } from './units.ts';
import type { Volume } from './volume.ts';

/** How mail for other servers leaves. */
export type PlannedRoute = 'ses' | 'smarthost' | 'direct';

/** Part of the bill. */
export interface CostLine {
  readonly what: string;
  readonly dollars: number;
  /** What it is for, in words and numbers. */
  readonly how: string;
}

const million = 1_000_000;
/** Dollars for so much of something, in the unit of its price. */
const at = (name: PriceName, amount: number): number => amount * prices[name].dollars;
const perMillion = (name: PriceName, amount: number): number => at(name, amount / million);

const zones = 2;
const queues = 3;
/** GB-seconds of one run, by its memory and how long it is expected to take. */
export const runs = {
  deliverOutbound: 0.5 * 3,
  deliverLocal: 0.5 * 0.5,
  eachMinute: 0.25 * 0.5,
} as const;
/** dispatch-due, plan-collect and apply-settings. */
const runsEachMinute = 3;
const minutesOfMonth = hoursOfMonth * 60;
/** KB of log for each session and message: an event or two, and its part of the metrics. */
const logKb = { session: 0.4, message: 1, taskHour: 600 } as const;
/** Of the catalogue, with the values of dimensions that a stage with all services tells. */
const metrics = 77;
/** Metrics that alarms look at: each is paid as an alarm. */
const alarms = 79;
/** The certificate, and what one outbound route needs. */
const secrets = 2;

export function costLines(volume: Volume, sizes: Sizes, route: PlannedRoute): readonly CostLine[] {
  return [
    balancer(volume, sizes),
    tasks(sizes),
    tables(volume, sizes),
    storage(volume),
    bucket(volume),
    functions(volume),
    leaving(volume, route),
    transfer(volume, route),
    watching(volume, sizes),
    { what: 'secrets', dollars: at('secretMonth', secrets), how: `${secrets} secrets` },
  ];
}

function balancer({ sessions, receivedGb, readGb }: Volume, { smtp, mailbox }: Sizes): CostLine {
  const begun = Object.values(sessions).reduce((sum, one) => sum + one, 0) / (hoursOfMonth * 3600);
  const units = Math.max(begun / 800, (smtp.open + mailbox.open) / 100_000, (receivedGb + readGb) / hoursOfMonth);
  const addresses = zones;
  const dollars =
    hoursOfMonth * (prices.balancerHour.dollars + units * prices.balancerUnitHour.dollars + addresses * prices.addressHour.dollars);
  return { what: 'balancer', dollars, how: `one, ${addresses} addresses, ${units.toFixed(2)} NLCU` };
}

function tasks({ smtp, mailbox }: Sizes): CostLine {
  const addresses = at('addressHour', (smtp.tasks + mailbox.tasks) * hoursOfMonth);
  const words = ({ tasks: count, cpu, memory }: ServicePlan): string => `${count} × ${cpu / 1024} vCPU, ${memory / 1024} GB`;
  return {
    what: 'tasks',
    dollars: taskDollars(smtp) + taskDollars(mailbox) + addresses,
    how: `smtp ${words(smtp)}; mailbox ${words(mailbox)}; an address each`,
  };
}

function tables({ asked }: Volume, { smtp, mailbox }: Sizes): CostLine {
  const hours = (smtp.tasks + mailbox.tasks) * hoursOfMonth;
  const writes = asked.writes + processHour.writes * hours;
  const reads = asked.reads + processHour.reads * hours;
  return {
    what: 'tables: requests',
    dollars: perMillion('writes', writes) + perMillion('reads', reads),
    how: `${inMillions(writes)} write units, ${inMillions(reads)} read units`,
  };
}

const storage = ({ itemsGb }: Volume): CostLine => ({
  what: 'tables: storage',
  dollars: at('tableGb', itemsGb) + at('recoveryGb', itemsGb),
  how: `${gb(itemsGb)}, and its point-in-time recovery`,
});

function bucket({ keptGb, asked }: Volume): CostLine {
  return {
    what: 'bucket',
    dollars: at('objectGb', keptGb) + perMillion('objectPuts', asked.puts) + perMillion('objectGets', asked.gets),
    how: `${gb(keptGb)}, ${inMillions(asked.puts)} puts, ${inMillions(asked.gets)} gets`,
  };
}

function functions({ delivered, relayed }: Volume): CostLine {
  const minutely = runsEachMinute * minutesOfMonth;
  const invocations = delivered + relayed + minutely;
  const gbSeconds = delivered * runs.deliverLocal + relayed * runs.deliverOutbound + minutely * runs.eachMinute;
  const requests = (delivered + relayed) * requestsPerWakeUp + queues * emptyPollsPerQueueHour * hoursOfMonth;
  const dollars =
    perMillion('invocations', invocations) + perMillion('functionGbSeconds', gbSeconds) + perMillion('queueRequests', requests);
  return { what: 'functions and queues', dollars, how: `${inMillions(invocations)} invocations, one for each message at most` };
}

function leaving({ relayed, relayedGb }: Volume, route: PlannedRoute): CostLine {
  if (route === 'ses') return { what: 'sending by SES', dollars: perMillion('sent', relayed), how: `${inMillions(relayed)} recipients` };
  if (route === 'smarthost') return { what: 'sending', dollars: 0, how: 'what the smarthost asks' };
  const dollars = hoursOfMonth * (prices.gatewayHour.dollars + prices.addressHour.dollars) + at('gatewayGb', relayedGb);
  return { what: 'sending direct', dollars, how: 'a NAT gateway with its address' };
}

/** What SES takes goes over no link that is paid. What comes in costs nothing. */
function transfer({ readGb, receivedGb, relayedGb }: Volume, route: PlannedRoute): CostLine {
  const out = readGb + (route === 'ses' ? 0 : relayedGb);
  const crossing = (readGb + receivedGb) * ((zones - 1) / zones);
  return {
    what: 'transfer',
    dollars: at('outGb', out) + at('zoneGb', crossing),
    how: `${gb(out)} to the internet, ${gb(crossing)} between zones`,
  };
}

function watching({ sessions, accepted }: Volume, { smtp, mailbox }: Sizes): CostLine {
  const begun = Object.values(sessions).reduce((sum, one) => sum + one, 0);
  const kb = begun * logKb.session + accepted * logKb.message + (smtp.tasks + mailbox.tasks) * hoursOfMonth * logKb.taskHour;
  const logs = kb / 1024 ** 2;
  const dollars = at('metricMonth', metrics) + at('alarmMonth', alarms) + at('dashboardMonth', 1) + at('logGb', logs);
  return { what: 'watching', dollars, how: `${metrics} metrics, alarms on ${alarms}, a dashboard, ${gb(logs)} of log` };
}

const inMillions = (amount: number): string =>
  `${amount < 10 * million ? (amount / million).toFixed(2) : Math.round(amount / million)} million`;
const gb = (amount: number): string => `${amount < 10 ? amount.toFixed(2) : Math.round(amount).toLocaleString('en')} GB`;

export const totalOf = (lines: readonly CostLine[]): number => lines.reduce((sum, { dollars }) => sum + dollars, 0);

/** Dollars a month of what was asked. */
export const askedDollars = ({ writes = 0, reads = 0, puts = 0, gets = 0 }: Asked): number =>
  perMillion('writes', writes) + perMillion('reads', reads) + perMillion('objectPuts', puts) + perMillion('objectGets', gets);
