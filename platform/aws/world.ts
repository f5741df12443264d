import type { Answers } from '../../core/observe/process-requests.ts';
import type { World } from '../../core/world.ts';
import { openPasswordHasher } from '../node/password-hasher.ts';
import { systemResolver } from '../node/resolver.ts';
import { openSenderAuthentication } from '../node/sender-authentication.ts';
import type { QueueDispatcher } from './sqs/wake-ups.ts';
import type { ChangeTeller } from './talk/watchers.ts';
import { openWorkerWorld, type WorkerWorld, type WorkerWorldOptions } from './worker-world.ts';
import type { MailWorldNames } from './world-names.ts';

type MailPorts = Pick<World, 'accounts' | 'loginFailures' | 'mailboxes' | 'spool'>;

/** What those run on that reach mailboxes and have no clients: a worker's world, with accounts, mailboxes and a spool that delivers into them. */
export interface MailWorld extends Omit<WorkerWorld, keyof MailPorts>, MailPorts {}

export interface MailWorldOptions extends WorkerWorldOptions {
  readonly names: MailWorldNames;
  /** Tells processes of changes. @default - those who watch find out by their slow poll */
  readonly teller?: ChangeTeller;
}

/** As opening a worker's world, this makes no request. */
export function openMailWorld(options: MailWorldOptions): MailWorld {
  const worker = openWorkerWorld(options);
  return { ...worker, ...absent<MailPorts>('accounts and mailboxes') };
}

/** The world of a task with listeners, with what a service needs besides the ports. */
export interface AwsWorld extends World {
  readonly dispatcher: QueueDispatcher;
  /** What operators and fellows know this process by. */
  readonly process: number;
  /** Begins to answer what others of the stage ask this process. */
  answer(answers: Answers): void;
}

export interface AwsWorldOptions extends MailWorldOptions {
  /** Address that changes and questions of others come in at. @default 0.0.0.0 */
  readonly bind?: string;
}

export async function openAwsWorld(options: AwsWorldOptions): Promise<AwsWorld> {
  const world = openMailWorld(options);
  const { clock } = world;
  const passwords = openPasswordHasher();
  // Of its own: what strangers' mail makes us ask must not push out the answers that our mail needs.
  const senderAuthentication = openSenderAuthentication({ resolver: systemResolver({ clock }), clock });
  return {
    ...world,
    passwords,
    senderAuthentication,
    ...absent<Pick<AwsWorld, 'changes' | 'process' | 'answer'>>('other processes'),
    close: async () => {
      await Promise.all([passwords.close(), senderAuthentication.close()]);
      await world.close();
    },
  };
}

function absent<T extends object>(what: string): T {
  return new Proxy({} as T, {
    get: () => {
      throw new Error(`${what} are not to be had`);
    },
  });
}
