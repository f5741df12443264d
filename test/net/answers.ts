import type { Answers } from '../../core/observe/process-requests.ts';

/** A process that has nothing to tell and does nothing, but for what a test says. */
export const answersWith = (some: Partial<Answers>): Answers => ({
  sessions: () => [],
  settings: () => [],
  slots: () => [],
  refusals: () => [],
  process: () => [{ process: process.pid, holder: 'H', mayAct: true, sessions: {}, commands: {} }],
  resting: () => [],
  replace: () => [],
  kick: () => [],
  spare: () => [],
  ...some,
});
