import type { Policy } from './policy.ts';

export interface KeptPolicy {
  /** Of the TXT record that announced it. */
  readonly id: string;
  readonly policy: Policy;
  /** ms since the epoch. */
  readonly fetchedAt: number;
}

/**
 * Policies of other domains until their max_age is over, shared by all processes. They outlive a restart: RFC 8461 protects against
 * somebody who changes DNS answers only for those who remember.
 */
export interface PolicyCache {
  /** Whatever is kept; whether its time is over is for the caller to see. */
  get(domain: string): Promise<KeptPolicy | undefined>;
  /** Takes the place of the domain's last one. One whose time is over goes; on a disk of our own the number is bounded too, and those whose time is over first give way. */
  keep(domain: string, kept: KeptPolicy): Promise<void>;
}
