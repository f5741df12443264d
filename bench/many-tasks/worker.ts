import { parentPort, workerData } from 'node:worker_threads';
import { splitSlotStore } from '../../core/slots/split/split-slot-store.ts';
import { cases, type StormCase } from './cases.ts';
import { Storm } from './storm.ts';

// One case in a thread of its own, because it needs a heap of its own: a million keys are held at once.
const { split, ...options } = cases[workerData as StormCase];
const figures = await new Storm({ ...options, above: split ? splitSlotStore : (store) => store }).run();
parentPort?.postMessage(figures);
