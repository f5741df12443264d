import { choice } from './declare.ts';

/** The store of slots itself. */
export const slotsSettings = {
  whenStoreIsDown: choice('slots/when-store-is-down', {
    default: 'local',
    of: ['local', 'open', 'closed'],
    from: 'what a lost slot store means',
    doc: "While the slot store does not answer: `local` admits up to this process's fair share of each limit, `open` admits everybody, `closed` nobody.",
  }),
} as const;
