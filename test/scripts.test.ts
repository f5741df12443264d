import { dialoguesOn } from './harness/dialogues.ts';
import { onThisMachine } from './harness/ground.ts';

await dialoguesOn({ name: 'this machine', skip: false, on: onThisMachine });
