/** Times of the lease scheme, ms. The defaults are the design's; tests shorten them. */
export interface SlotTimings {
  /** From the sending of one acknowledged renewal to the next. */
  readonly renewEvery: number;
  /** How long a renewal lasts by the store's clock: nobody may declare the holder dead before. */
  readonly lease: number;
  /** From the sending of the last acknowledged renewal until this process stops acting; what is left of the lease is for late clocks and replies. */
  readonly fenceAfter: number;
  /** Between tries while the store does not answer. */
  readonly retryEvery: number;
  /** How long "full" is believed without asking again (rule 10). */
  readonly rememberFull: number;
  /** A released slot waits at least `lingerLeast` and at most `lingerMost` for the next session of its key. */
  readonly lingerLeast: number;
  readonly lingerMost: number;
  /** The same for slots of commands. */
  readonly commandLingerLeast: number;
  readonly commandLingerMost: number;
  /** A change of a setting reaches every process within this time. */
  readonly settingsReachAll: number;
  /** A key that is held is written at least this often, well before the store may sweep it. */
  readonly rewriteEvery: number;
  /** A key without sessions is forgotten after this time. */
  readonly forgetAfter: number;
  /** The version of its entry is still known for so long since the last write, well before the store may sweep it. */
  readonly restFor: number;
}

export const defaultTimings: SlotTimings = {
  renewEvery: 10_000,
  lease: 40_000,
  fenceAfter: 30_000,
  retryEvery: 1_000,
  rememberFull: 1_000,
  lingerLeast: 2_000,
  lingerMost: 5_000,
  commandLingerLeast: 300_000,
  commandLingerMost: 900_000,
  settingsReachAll: 30_000,
  rewriteEvery: 12 * 3_600_000,
  forgetAfter: 600_000,
  restFor: 2_700_000,
};
