import type { Dispatcher } from '../core/delivery/dispatcher.ts';
import type { OutboundSpool } from '../core/delivery/spool.ts';
import type { Ask } from '../core/observe/asking.ts';
import type { World } from '../core/world.ts';

type Needed =
  | 'accounts'
  | 'bodies'
  | 'clock'
  | 'collectSources'
  | 'failures'
  | 'loginFailures'
  | 'mailboxes'
  | 'maildrops'
  | 'newId'
  | 'passwords'
  | 'policyCache'
  | 'policyFetcher'
  | 'resolver'
  | 'secrets'
  | 'settings'
  | 'signer'
  | 'slotStore'
  | 'transport';

/** What commands work on, wherever it is. */
export interface CommandWorld extends Pick<World, Needed> {
  readonly spool: OutboundSpool;
  /** The processes that serve on it. */
  readonly ask: Ask;
  /** Who sends and collects mail: those processes, or functions, which can't be asked. */
  readonly delivery: 'processes' | 'functions';
  /** Wakes who delivers, where that is not found out within the second anyway. */
  readonly dispatcher: Dispatcher;
  /** The same for who collects. */
  readonly wakeCollecting: (sessions: number) => Promise<void>;
}
