import { createInterface } from 'node:readline';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import type { Hold, Want } from '../../core/slots/slots.ts';
import type { StoreDownPolicy } from '../../core/slots/store-down.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';

/** Where the processes of a test find their store. */
export type StorePlace = { readonly sqlite: string } | { readonly dynamodb: string; readonly endpoint: string };

export interface ChildOptions {
  readonly place: StorePlace;
  readonly key: string;
  readonly limit: number;
  /** ms */
  readonly lease: number;
  readonly policy: StoreDownPolicy;
}

/**
 * Run by RealProcess: a process whose sessions do something every few milliseconds, as long as it may act for them. Standard input tells it to
 * take slots, standard output tells what it does: `acts <sessions> <ms>`, `told <all or how many>`, `answers <admitted> <others …>`.
 */
const options: ChildOptions = JSON.parse(process.argv[2] ?? '');
const actEvery = 15; // ms
const store = await openStore(options.place);
const slots = await openSlots({
  store,
  clock: systemClock,
  newId: systemNewId(),
  policy: () => options.policy,
  log: { event: (name) => tell(`event ${name}`), failure: (name, error) => console.error(name, error) },
  timings: {
    renewEvery: options.lease / 4,
    lease: options.lease,
    fenceAfter: (options.lease * 3) / 4,
    retryEvery: Math.min(1_000, options.lease / 40),
    rememberFull: Math.min(1_000, options.lease / 40),
  },
});
const holds: Hold[] = [];

async function openStore(place: StorePlace): Promise<SlotStore & { close(): unknown }> {
  if ('sqlite' in place) {
    const { openSqliteSlotStore } = await import('../../platform/embedded/slots/slot-store.ts');
    return await openSqliteSlotStore(place.sqlite, systemClock);
  }
  const { openDynamoSlotStore } = await import('../../platform/aws/dynamodb/slot-store.ts');
  return openDynamoSlotStore({ table: place.dynamodb, endpoint: place.endpoint, clock: systemClock });
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** By the clock that all processes of a machine share. Nothing is done between the look at the right to act and the act. */
function act(): void {
  if (slots.mayAct()) tell(`acts ${holds.length} ${Number(process.hrtime.bigint()) / 1e6}`);
}

function end(sessions: number): void {
  for (const hold of holds.splice(0, sessions)) hold.release();
  act();
}

async function take(many: number, wait: number): Promise<void> {
  const want: Want = { key: options.key as SlotKey, limit: options.limit, kind: 'plain', wait };
  const answers = await Promise.all(
    Array.from({ length: many }, async () => {
      const answer = await slots.take(want);
      if (answer === 'store-down') return answer;
      if ('full' in answer) return 'full';
      holds.push(answer);
      act();
      return 'admitted';
    }),
  );
  const others = answers.filter((answer) => answer !== 'admitted');
  tell(['answers', answers.length - others.length, ...others].join(' '));
}

slots.onMustClose((keys) => {
  tell(`told ${keys === 'all' ? keys : keys.length}`);
  end(keys === 'all' ? holds.length : keys.length);
});
const acting = setInterval(act, actEvery);
const commands = createInterface(process.stdin);
commands.on('line', (line) => {
  const [, many = '0', wait = '0'] = line.split(' ');
  void take(Number(many), Number(wait));
});
commands.on('close', () => process.exit(1)); // nobody is left who could end it
process.on('SIGTERM', () => {
  clearInterval(acting);
  end(holds.length);
  void slots
    .close()
    .then(() => store.close())
    .then(() => process.exit(0));
});
tell('ready');
