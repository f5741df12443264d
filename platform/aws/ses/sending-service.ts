import type { SendingService } from '../../../core/delivery/sending-service.ts';
import { ConnectFailed } from '../../../core/delivery/transport.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { SesCalls } from './client.ts';
import { OctetBudget } from './octet-budget.ts';
import { mostSize, SesConnection } from './ses-connection.ts';

export interface SesOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** For its name only. */
  readonly region?: string | undefined;
  /** @default - the SDK's client, loaded when the first message leaves by this route */
  readonly open?: () => Promise<SesCalls>;
}

const openCalls = async (): Promise<SesCalls> => (await import('./client.ts')).sesCalls();

/** Amazon SES by its API, with whatever credentials the SDK finds. Of messages that it holds whole, two of the largest are in memory at once. */
export function sesService({ clock, region, open = openCalls }: SesOptions): SendingService {
  const budget = new OctetBudget(2 * mostSize);
  let opened: Promise<SesCalls> | undefined;
  return {
    host: region === undefined ? 'amazonses.com' : `email.${region}.amazonaws.com`,
    async connect(signal) {
      opened ??= open();
      try {
        const calls = await opened;
        await calls.ready();
        signal.throwIfAborted();
        return new SesConnection({ calls, clock, budget });
      } catch (error) {
        signal.throwIfAborted();
        opened = undefined; // credentials and region may have been put in their places by the next time
        throw new ConnectFailed('auth', error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
  };
}
