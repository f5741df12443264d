/** What connecting to other hosts tells to be counted. Cheap, and never in anybody's way. */
export interface ConnectMeter {
  /** A host, or a next hop, was left alone because it failed lately or is held. */
  leftAlone(): void;
  /** The one trial connection to a host whose time is over was begun. */
  trial(): void;
  /** A failure of a host was noted. */
  failed(): void;
  /** A host was passed over because its address had all the connections it may have. */
  full(): void;
  /** A host's own cap was learnt from its 421. */
  learnt(): void;
}

export const noConnectMeter: ConnectMeter = { leftAlone: () => {}, trial: () => {}, failed: () => {}, full: () => {}, learnt: () => {} };
