import type { Protocol } from '../values/protocol.ts';
import type { OutboundEnd, OutboundResult } from './outbound-outcomes.ts';
import type { RefusalScope } from './refused.ts';

/** CloudWatch's namespace of all our metrics. */
export const metricNamespace = 'Mailweir';

/** That of a stage on AWS: two in one account and Region must not be added up. A dimension for it would stand on every metric. */
export const stageNamespace = (stage: string): string => `${metricNamespace}/${stage}`;

/**
 * What a metric is told apart by. Each combination of values is a metric of its own that costs money, so they are few and known: an address
 * or an account is never among them; those stand in the events.
 */
export interface Dimensions {
  readonly protocol: Protocol;
  readonly scope: RefusalScope;
  /** The setting that limits a class of slot keys: `imap/sessions`, `imap/sessions-per-account`; see keyClass. */
  readonly limit: string;
  readonly end: OutboundEnd;
  readonly result: OutboundResult;
}
export type Dimension = keyof Dimensions;
export type At<D extends Dimension> = Pick<Dimensions, D>;

export interface Metric<D extends Dimension = Dimension> {
  readonly name: string;
  readonly unit: 'Count' | 'Seconds' | 'Milliseconds' | 'Percent';
  readonly dimensions: readonly D[];
  /** CloudWatch's statistic that makes sense of it over all processes: alarms and graphs use this one. */
  readonly statistic: 'Sum' | 'Maximum' | 'Minimum' | 'Average';
  readonly doc: string;
}

const metric = <const D extends Dimension = never>(name: string, facts: Omit<Metric<D>, 'name'>): Metric<D> => ({ name, ...facts });

/** Every metric: infra makes alarms and docs/metrics.md is made from these same constants. */
export const metrics = {
  sessionsBegun: metric('SessionsBegun', {
    unit: 'Count',
    dimensions: ['protocol'],
    statistic: 'Sum',
    doc: 'Sessions let in.',
  }),
  slotsUsed: metric('SlotsUsed', {
    unit: 'Count',
    dimensions: ['limit'],
    statistic: 'Maximum',
    doc: 'Slots of a total that are taken over all processes, with the few that each keeps ready. Every process tells the same number as it last heard it; on AWS those of `outbound/sessions` and `collect/sessions` are read each minute.',
  }),
  slotsLimit: metric('SlotsLimit', {
    unit: 'Count',
    dimensions: ['limit'],
    statistic: 'Maximum',
    doc: 'The limit in force beside `SlotsUsed`; not told while there is none.',
  }),
  slotsUsedOfFullest: metric('SlotsUsedOfFullest', {
    unit: 'Percent',
    dimensions: ['limit'],
    statistic: 'Maximum',
    doc: 'Of all addresses, or all accounts, the one that is nearest to its limit: how much of it is used. Which one it is, `mailweir slots` tells.',
  }),
  slotsRefused: metric('SlotsRefused', {
    unit: 'Count',
    dimensions: ['protocol', 'scope'],
    statistic: 'Sum',
    doc: 'Sessions and commands turned away, by what was full. Who it was stands in the event `refused`.',
  }),
  slotsWouldRefuse: metric('SlotsWouldRefuse', {
    unit: 'Count',
    dimensions: ['protocol', 'scope'],
    statistic: 'Sum',
    doc: 'What limits in the mode observe would have turned away.',
  }),
  loginsRefused: metric('LoginsRefused', {
    unit: 'Count',
    dimensions: ['protocol'],
    statistic: 'Sum',
    doc: 'Logins refused for other reasons than a full account: wrong passwords most of all.',
  }),
  waiting: metric('Waiting', {
    unit: 'Count',
    dimensions: ['limit'],
    statistic: 'Maximum',
    doc: 'The most that stood in line for a slot at once, in one process.',
  }),
  waited: metric('Waited', {
    unit: 'Milliseconds',
    dimensions: ['limit'],
    statistic: 'Average',
    doc: 'How long those who stood in line for a slot did so, whether they got one or not. At most 100 evenly chosen ones a minute and process, the longest always among them.',
  }),
  slotTableWrites: metric('SlotTableWrites', {
    unit: 'Count',
    dimensions: ['limit'],
    statistic: 'Sum',
    doc: 'Writes to the slot table, refused ones too, by the keys they were for; `holders` are the heartbeats of processes.',
  }),
  slotTableWritesPerSession: metric('SlotTableWritesPerSession', {
    unit: 'Count',
    dimensions: ['protocol'],
    statistic: 'Average',
    doc: 'Writes to the slot table for keys of a protocol, divided by the sessions that began in the same minute.',
  }),
  messagesCollected: metric('MessagesCollected', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Messages fetched from accounts at other servers.',
  }),
  collectRunsFailed: metric('CollectRunsFailed', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Runs over a source that failed. Which source and why stands in the event `collect-run-failed` and in `mailweir collect list`.',
  }),
  slotsRepaired: metric('SlotsRepaired', {
    unit: 'Count',
    dimensions: ['limit'],
    statistic: 'Sum',
    doc: 'Slots that came back from a process that died.',
  }),
  slotsFenced: metric('SlotsFenced', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'A process found itself declared dead, stopped acting and began anew. Many of these mean that processes stall.',
  }),
  slotStoreDown: metric('SlotStoreDown', {
    unit: 'Seconds',
    dimensions: [],
    statistic: 'Maximum',
    doc: 'Seconds of the last minute in which the slot store did not answer; `slots/when-store-is-down` decides meanwhile.',
  }),
  slotsExcess: metric('SlotsExcess', {
    unit: 'Count',
    dimensions: ['limit'],
    statistic: 'Sum',
    doc: 'Sessions beyond a limit after an outage of the slot store, or after their process was taken for dead. They are told to end.',
  }),
  outboundSessions: metric('OutboundSessions', {
    unit: 'Count',
    dimensions: ['end'],
    statistic: 'Sum',
    doc: 'Outbound sessions that ended, and why: `empty` nothing was due any more, `cap` after `outbound/messages-per-session`, `time` its process is about to be cut off, `stopped` told to end, `no-slot` none of `outbound/sessions` was free, `failed` by an error of ours.',
  }),
  outboundMessages: metric('OutboundMessages', {
    unit: 'Count',
    dimensions: ['result'],
    statistic: 'Sum',
    doc: 'Attempts at rows for other servers by what came of them: `delivered` to all that were left, `deferred`, `failed` for good for some or all, `lost` to another process.',
  }),
  localCopies: metric('LocalCopies', {
    unit: 'Count',
    dimensions: ['result'],
    statistic: 'Sum',
    doc: 'Copies for mailboxes here by what came of an attempt: `delivered`, `deferred` because a mailbox could not be written, `failed` for good: the account is gone, or the time for trying is over.',
  }),
  outboundOldestDue: metric('OutboundOldestDue', {
    unit: 'Seconds',
    dimensions: [],
    statistic: 'Maximum',
    doc: 'How long a row for another server has been due that no session is at. Grows when `outbound/sessions` are too few, or when a process finds no slot.',
  }),
  spoolWaiting: metric('SpoolWaiting', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Maximum',
    doc: 'Rows of the spool that are not held: due, being delivered, or to be tried again later. Told on AWS, each minute; of more than 8,000 at least so many.',
  }),
  spoolOldestDue: metric('SpoolOldestDue', {
    unit: 'Seconds',
    dimensions: [],
    statistic: 'Maximum',
    doc: 'How long the row has been due, for accounts here or for another server, that nobody is at. Told on AWS, each minute. Grows when functions do not run, or sessions are too few.',
  }),
  wakeUpsFailed: metric('WakeUpsFailed', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Messages of a queue that a function could not work on, for a reason of ours. They come back, and the schedule wakes another meanwhile. The event `record-failed` has the error.',
  }),
  hostsLeftAlone: metric('HostsLeftAlone', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Hosts and next hops that were not tried because they failed lately or are held: connections and DNS questions that the failure cache saved.',
  }),
  hostsFailed: metric('HostsFailed', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Failures of other hosts that were noted. Which ones, `mailweir failures list` tells.',
  }),
  hostTrials: metric('HostTrials', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Trial connections to hosts whose time was over, one for all processes.',
  }),
  destinationsFull: metric('DestinationsFull', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Hosts that were passed over because their address had all the connections it may have.',
  }),
  destinationCapsLearnt: metric('DestinationCapsLearnt', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Times a host refused a connection because too many stood, and what it bears was learnt.',
  }),
  recipientsFailed: metric('RecipientsFailed', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Recipients that did not get a message: refused for good, or given up after `outbound/give-up-after`. Who and why stands in the event `recipients-failed`.',
  }),
  messagesDelayed: metric('MessagesDelayed', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'Messages whose senders were told after `outbound/warn-after` that they still wait.',
  }),
  certificateExpires: metric('CertificateExpires', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Minimum',
    doc: 'Days until the certificate in use is over, or the first of its chain; negative when it is.',
  }),
  settingsVersion: metric('SettingsVersion', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Minimum',
    doc: 'Version of the settings that a process follows, told by each. Where minimum and maximum are the same, all have taken the last change.',
  }),
  settingsRejected: metric('SettingsRejected', {
    unit: 'Count',
    dimensions: [],
    statistic: 'Sum',
    doc: 'A set value was not allowed, and the last good one stays. The event `settings-rejected` names it.',
  }),
} as const;

/** One line of CloudWatch's embedded metric format: the caller writes it to its log, and CloudWatch reads it from there. @param value several: each is a sample, at most 100 */
export function metricLine<D extends Dimension>(
  { name, unit, dimensions }: Metric<D>,
  value: number | readonly number[],
  at: At<D>,
  now: number,
  Namespace = metricNamespace,
): string {
  return JSON.stringify({
    ...at,
    [name]: value,
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace, Dimensions: [dimensions], Metrics: [{ Name: name, Unit: unit }] }],
    },
  });
}
