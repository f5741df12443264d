import type { Ending } from './session.ts';

/** Time a session has to say goodbye once it must end, ms; then its connection is cut. */
export const goodbyeTime: Readonly<Record<Ending, number>> = {
  draining: 20_000,
  kicked: 10_000,
  'credentials-changed': 10_000,
  'slots-lost': 10_000,
  replaced: 2_000,
  'login-too-slow': 3_000,
};
