/** What is known of a key when a process decides how many slots to keep beyond those in use. */
export interface SpareView {
  readonly now: number;
  /** 0 = unlimited. */
  readonly limit: number;
  /** Slots taken by all holders, as last told by the store. */
  readonly n: number;
  /** Holders with an entry under the key, this one included. */
  readonly holders: number;
}

/** How many slots of a key a process keeps for its next session instead of giving them back (see chunk.ts, linger.ts). */
export interface Spare {
  /** Up to so many spare slots are kept without a write. */
  keep(view: SpareView): number;
  /** What a write that gives spare slots back leaves. At most `keep`. */
  leave(view: SpareView): number;
  /** What a write that takes `asked` slots takes besides. */
  extra(view: SpareView, asked: number): number;
  /** Such a write landed. */
  took(asked: number, extra: number, now: number): void;
  /** A session gave its slot back. */
  freed(now: number): void;
  /** A spare slot went to a session. */
  used(now: number): void;
  /** Another process needs what is kept. */
  letGo(): void;
  /** When kept slots are to be looked at again, by the monotonic clock. */
  due(): number | undefined;
}

/** Nothing is kept: locks, whose release another process may be waiting for. */
export const noSpare: Spare = {
  keep: () => 0,
  leave: () => 0,
  extra: () => 0,
  took: () => {},
  freed: () => {},
  used: () => {},
  letGo: () => {},
  due: () => undefined,
};
