import { BodyCache, throughCache } from '../../core/mailbox/body-cache.ts';
import { PackedTextIndex } from '../../core/mailbox/search/packed-index.ts';
import type { TextIndex } from '../../core/mailbox/search/text-index.ts';
import type { Answers } from '../../core/observe/process-requests.ts';
import type { World } from '../../core/world.ts';
import { systemClock } from '../node/clock.ts';
import { openPasswordHasher } from '../node/password-hasher.ts';
import { systemResolver } from '../node/resolver.ts';
import { openSenderAuthentication } from '../node/sender-authentication.ts';
import { DynamoAccountDirectory } from './accounts/account-directory.ts';
import { dynamoLoginFailures } from './accounts/login-failures.ts';
import { dynamoLoginTimes } from './accounts/login-times.ts';
import { dynamoAnnotations } from './mailboxes/annotations.ts';
import { MailSpool } from './mailboxes/mail-spool.ts';
import { dynamoMailboxStore } from './mailboxes/mailbox-store.ts';
import { dynamoMailboxNames } from './mailboxes/names.ts';
import type { PurgeDeps } from './mailboxes/purge.ts';
import { dynamoMailboxWatchers } from './mailboxes/watching.ts';
import { MailBodies } from './s3/mail-bodies.ts';
import { textPacks } from './s3/text-packs.ts';
import { openStageClients, type StageClients } from './stage-clients.ts';
import { dynamoProcessDirectory, type ProcessDirectory } from './talk/process-directory.ts';
import { openTalk, type Talk, type TalkOptions } from './talk/talk.ts';
import type { ChangeTeller } from './talk/watchers.ts';
import { type WorkerWorld, type WorkerWorldOptions, workerWorldOn } from './worker-world.ts';
import type { MailWorldNames } from './world-names.ts';

type MailPorts = Pick<World, 'accounts' | 'loginFailures' | 'loginTimes' | 'mailboxes' | 'annotations' | 'spool' | 'bodies'>;

/** What those run on that reach mailboxes and have no clients: a worker's world, with accounts, mailboxes and a spool that delivers into them. */
export interface MailWorld extends Omit<WorkerWorld, keyof MailPorts>, MailPorts {
  /** What the work on deleted mailboxes is done with. */
  readonly purging: PurgeDeps;
  /** Processes of the stage that can be talked to. */
  readonly processes: ProcessDirectory;
}

export interface MailWorldOptions extends WorkerWorldOptions {
  readonly names: MailWorldNames;
  /** Tells processes of changes. @default - those who watch find out by their slow poll */
  readonly teller?: ChangeTeller | undefined;
}

/** As opening a worker's world, this makes no request. */
export const openMailWorld = (options: MailWorldOptions): MailWorld => mailWorldOn(openStageClients(options.endpoint), options);

function mailWorldOn(clients: StageClients, options: MailWorldOptions): MailWorld {
  const { names, clock = systemClock, teller } = options;
  const { dynamo: client, s3 } = clients;
  const worker = workerWorldOn(clients, options);
  const { newId } = worker;
  const shared = { client, table: names.tables.mail, clock, newId, teller };
  const bodies = new MailBodies({ client: s3, bucket: names.bucket });
  const { mailboxes, messages } = dynamoMailboxStore({
    ...shared,
    bodies,
    names: ({ store }) => dynamoMailboxNames({ ...shared, messages: store }),
  });
  const { slots, spool, addresses, mail } = names.tables;
  return {
    ...worker,
    mailboxes,
    annotations: dynamoAnnotations(shared),
    accounts: new DynamoAccountDirectory({ ...shared, tables: { mail, addresses } }),
    loginFailures: dynamoLoginFailures({ client, table: slots }),
    loginTimes: dynamoLoginTimes({ client, table: slots }),
    spool: new MailSpool({ client, table: spool, bodies: worker.bodies, random: Math.random, messages }),
    purging: { ...shared, bodies },
    processes: dynamoProcessDirectory({ client, table: mail, clock }),
  };
}

/** The world of a task with listeners, with what a service needs besides the ports. */
export interface AwsWorld extends MailWorld, World, Pick<Talk, 'fellows'> {
  readonly textIndex: TextIndex;
  /** Begins to answer what others of the stage ask this process. */
  answer(answers: Answers): void;
  close(): Promise<void>;
}

export interface AwsWorldOptions extends Omit<MailWorldOptions, 'teller'> {
  /** Of this process among those of the stage. */
  readonly talk: Pick<TalkOptions, 'name' | 'listen' | 'host'>;
}

/** Messages that a search reads at a time: each waits for the bucket some 20 ms, and holds a part of a body. */
const readAtOnce = 16;

/** Closing it ends the talk first, so that nobody is sent here any more, and the clients last. */
export async function openAwsWorld({ talk: own, ...options }: AwsWorldOptions): Promise<AwsWorld> {
  await using opened = new AsyncDisposableStack();
  const clients = openStageClients(options.endpoint);
  let talk: Talk | undefined;
  // Mailboxes tell the talk of changes, and the talk watches mailboxes.
  const teller: ChangeTeller = { tell: (mailbox, watchers) => talk?.teller.tell(mailbox, watchers) };
  const mail = mailWorldOn(clients, { ...options, teller });
  opened.defer(() => mail.close());
  const { clock, processes } = mail;
  const passwords = openPasswordHasher();
  opened.defer(() => passwords.close());
  // Of its own: what strangers' mail makes us ask must not push out the answers that our mail needs.
  const senderAuthentication = openSenderAuthentication({ resolver: systemResolver({ clock }), clock });
  opened.defer(() => senderAuthentication.close());
  const bodyCache = new BodyCache();
  const watchers = dynamoMailboxWatchers({ client: clients.dynamo, table: options.names.tables.mail, clock });
  const running = await openTalk({ ...own, processes, watchers, clock, log: options.log, random: Math.random });
  talk = running;
  opened.defer(() => running.close());
  const parts = opened.move();
  return {
    ...mail,
    bodies: throughCache(mail.bodies, bodyCache),
    bodyCache,
    textIndex: new PackedTextIndex({
      store: textPacks(clients.s3, options.names.bucket),
      failed: (error) => options.log.failure('text-index-failed', error),
    }),
    readAtOnce,
    passwords,
    senderAuthentication,
    changes: running.changes,
    fellows: running.fellows,
    answer: (answers) => running.answer(answers),
    close: () => parts.disposeAsync(),
  };
}
