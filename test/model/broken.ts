/** What must be true all through a run. */
export type Invariant =
  | 'live <= limit'
  | 'live <= granted'
  | 'n = sum of entries'
  | 'back within a lease'
  | 'no waiter forgotten'
  | 'first come, first served'
  | 'tight'
  | 'no work without need'
  | 'no surprise';

/** An invariant does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly invariant: Invariant;

  constructor(invariant: Invariant, what: string) {
    super(`${invariant}: ${what}`);
    this.invariant = invariant;
  }
}
