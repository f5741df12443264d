import type { Ask } from '../../../core/observe/asking.ts';
import { systemClock } from '../../node/clock.ts';
import { openPatientClient } from '../dynamodb/client.ts';
import { asker } from './asking.ts';
import { KnownProcesses } from './known-processes.ts';
import { Peers } from './peers.ts';
import { dynamoProcessDirectory } from './process-directory.ts';

export interface AskingPlace {
  /** The table of mail. */
  readonly table: string;
  readonly endpoint?: string;
}

/** For whoever stands in the VPC and serves nobody. Makes no request until something is asked. */
export function openAsking({ table, endpoint }: AskingPlace): { readonly ask: Ask; close(): void } {
  const client = openPatientClient(endpoint === undefined ? {} : { endpoint });
  const known = new KnownProcesses(dynamoProcessDirectory({ client, table, clock: systemClock }), systemClock);
  const peers = new Peers(systemClock, (address) => known.doubt(address));
  return {
    ask: asker(known, peers),
    close: () => {
      peers.close();
      client.destroy();
    },
  };
}
