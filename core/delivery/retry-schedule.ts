/** When a row may be tried again; all in milliseconds since the epoch or milliseconds. */
export interface RetryPlan {
  /** Waits after the first failed attempt, the second and so on; the last one repeats. Seconds. */
  readonly schedule: readonly number[];
  /** Seconds since acceptance. */
  readonly giveUpAfter: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const jitter = 0.2;

/**
 * The time of the next attempt after one that failed for now (RFC 5321 section 4.5.4.1). A little random time is added, so that messages
 * deferred together do not all come back together.
 * @param attempts failed attempts before this one
 * @returns 'give-up' when the message has been here for too long; one last attempt is made at that time itself
 */
export function nextAttempt(attempts: number, acceptedAt: number, now: number, plan: RetryPlan): number | 'give-up' {
  const end = acceptedAt + plan.giveUpAfter * 1000;
  if (now >= end) return 'give-up';
  const seconds = plan.schedule[Math.min(attempts, plan.schedule.length - 1)] ?? plan.giveUpAfter;
  return Math.min(now + Math.round(seconds * 1000 * (1 + jitter * plan.random())), end);
}
