import { dialoguesOn } from '../harness/dialogues.ts';
import { onAws } from './on-aws.ts';
import { noEndpoint } from './slot-tables.ts';

await dialoguesOn({ name: 'AWS', skip: noEndpoint, on: onAws });
