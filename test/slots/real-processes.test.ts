import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopSlotStore } from '../acceptance/slot-outage.ts';
import { onRealProcesses } from './on-real-processes.ts';

onRealProcesses({
  name: 'one slots file',
  skip: false,
  lease: 2_000,
  stops: ['is locked'],
  open: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mailweir-slots-'));
    return {
      place: { sqlite: join(directory, 'slots.db') },
      stop: async () => {
        const { goOn } = stopSlotStore(directory);
        return async () => goOn();
      },
      close: () => rm(directory, { recursive: true }),
    };
  },
});
