/** Octets and messages: what there is, what there may be, or what is to come. */
export interface Amount {
  readonly octets: number;
  readonly messages: number;
}

/** An account's own, where it differs from the settings. 0 = unlimited. */
export type OwnQuota = Partial<Amount>;
