import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProcessOptions, type RunningProcess, startProcess } from '../../listeners/main.ts';

/** What an edge runs on: a process of the listeners, and the stores that were made for it. */
export interface Ground {
  readonly process: RunningProcess;
  /** @default - none */
  readonly dataDir?: string;
  /** Takes away what was made, once the process has ended. */
  remove(): Promise<void>;
}

export type GroundOptions = Pick<ProcessOptions, 'log' | 'overrides' | 'drain' | 'slotTimings'>;
export type OpenGround = (options: GroundOptions) => Promise<Ground>;

/** A data directory of its own. */
export const onThisMachine: OpenGround = async (options) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  try {
    return { process: await startProcess({ ...options, dataDir, ports: 'random' }), dataDir, remove };
  } catch (error) {
    await remove();
    throw error;
  }
};
