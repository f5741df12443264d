import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { SendingService } from '../../core/delivery/sending-service.ts';
import { BodyCache } from '../../core/mailbox/body-cache.ts';
import type { TextIndex } from '../../core/mailbox/search/text-index.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { withPreview } from '../../core/message/preview.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { World } from '../../core/world.ts';
import { systemClock } from '../node/clock.ts';
import { dkimSigner } from '../node/dkim-signer.ts';
import { systemNewId } from '../node/new-id.ts';
import { openPasswordHasher } from '../node/password-hasher.ts';
import { httpsPolicyFetcher } from '../node/policy-fetcher.ts';
import { pop3Client } from '../node/pop3/maildrop-client.ts';
import { systemResolver } from '../node/resolver.ts';
import { openSenderAuthentication } from '../node/sender-authentication.ts';
import { smtpTransport } from '../node/smtp-transport.ts';
import { type DataDir, prepareDataDir } from './files/data-dir.ts';
import { fileSecrets } from './files/secrets.ts';
import { Housekeeping } from './housekeeping.ts';
import { openSqliteSlotStore } from './slots/slot-store.ts';
import { sqliteAccountDirectory } from './sqlite/account-directory.ts';
import { sqliteAnnotations } from './sqlite/annotations.ts';
import { ChangeFeed } from './sqlite/change-feed.ts';
import { type EmbeddedCollectSources, sqliteCollectSources } from './sqlite/collect-sources.ts';
import { openFailureCache } from './sqlite/failure-cache.ts';
import { HolderLocks } from './sqlite/holder-locks.ts';
import { openLogins } from './sqlite/logins.ts';
import { sqliteMailboxChanges } from './sqlite/mailbox-changes.ts';
import { sqliteMailboxStore } from './sqlite/mailbox-store.ts';
import { embeddedMessageBodies } from './sqlite/message-bodies.ts';
import { sqlitePolicyCache } from './sqlite/policy-cache.ts';
import { Reads } from './sqlite/reads.ts';
import { retryBusy } from './sqlite/retry-busy.ts';
import { sqliteSettingsSource } from './sqlite/settings-source.ts';
import { type EmbeddedSpool, sqliteSpool } from './sqlite/spool.ts';
import { StagedBodies } from './sqlite/staged-bodies.ts';
import type { Effects } from './sqlite/write.ts';
import { openWriter, type Writer } from './sqlite/writer.ts';
import { SqliteTextIndex } from './text/text-index.ts';
import type { TextIndexing } from './text/text-indexer.ts';

export interface EmbeddedWorldOptions {
  /** Made when it is not there; kept for its owner alone. */
  readonly dataDir: string;
  /** @default - the machine's clock */
  readonly clock?: Clock;
  /** What the route `ses` leads to. @default - nothing */
  readonly ses?: SendingService | undefined;
}

/** The world of one machine, with what its runner needs besides the ports. */
export interface EmbeddedWorld extends World {
  readonly spool: EmbeddedSpool;
  readonly collectSources: EmbeddedCollectSources;
  readonly holders: HolderLocks;
  readonly textIndex: TextIndex;
  /** What the index of texts is filled with. */
  readonly indexing: Pick<TextIndexing, 'mail' | 'texts' | 'bodyDir' | 'lock'>;
}

/**
 * The world of one machine: SQLite and files under one directory, which several processes may share.
 * @throws NewerSchema when a newer Mailweir wrote the directory
 */
export async function openEmbeddedWorld({ dataDir, clock = systemClock, ses }: EmbeddedWorldOptions): Promise<EmbeddedWorld> {
  const dir = await prepareDataDir(resolve(dataDir));
  // What was opened is closed last to first, also when the next thing can't be opened.
  const opened = new AsyncDisposableStack();
  try {
    return { ...(await composed(dir, clock, opened)), ses };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function composed(dir: DataDir, clock: Clock, opened: AsyncDisposableStack): Promise<EmbeddedWorld> {
  const holders = new HolderLocks(dir.holders);
  opened.defer(() => holders.close()); // last: while it holds, nobody takes over what is still being written or sent here
  let housekeeping: Housekeeping | undefined;
  const store = await openStore(dir, (effects) => {
    if (effects.doomed.size > 0) housekeeping?.purgeSoon();
  });
  opened.defer(() => store.close());
  const logins = await openLogins(dir.logins);
  opened.defer(() => logins.close());
  const failures = await openFailureCache(dir.failures);
  opened.defer(() => failures.close());
  const slotStore = await openSqliteSlotStore(dir.slots, clock);
  opened.defer(() => slotStore.close());
  const passwords = openPasswordHasher();
  opened.defer(() => passwords.close());
  const secrets = fileSecrets(dir.secrets);
  const resolver = systemResolver({ clock });
  // Of its own: what strangers' mail makes us ask must not push out the answers that our mail needs.
  const senderAuthentication = openSenderAuthentication({ resolver: systemResolver({ clock }), clock });
  opened.defer(() => senderAuthentication.close());
  const { reads, writer, feed } = store;
  const tidying = new Housekeeping({ reads, writer, clock, bodyDir: dir.bodies });
  housekeeping = tidying;
  opened.defer(() => tidying.close());
  const bodyCache = new BodyCache();
  const textIndex = new SqliteTextIndex(dir);
  opened.defer(() => textIndex.close());
  const newId = systemNewId();
  const staged = new StagedBodies();
  return {
    clock,
    newId,
    passwords,
    loginFailures: logins.failures,
    loginTimes: logins.times,
    failures,
    slotStore,
    accounts: sqliteAccountDirectory({ reads, writer, feed, clock }),
    mailboxes: sqliteMailboxStore({ reads, writer, staged, clock }),
    bodies: embeddedMessageBodies({
      dir: dir.bodies,
      reads,
      staged,
      cache: bodyCache,
      newId,
      messageFacts: () => withPreview(messageFacts()),
    }),
    bodyCache,
    textIndex,
    indexing: { mail: dir.mail, texts: dir.texts, bodyDir: dir.bodies, lock: dir.textsLock },
    annotations: sqliteAnnotations({ reads, writer }),
    changes: sqliteMailboxChanges(feed),
    holders,
    spool: sqliteSpool({ reads, writer, staged, clock }),
    settings: sqliteSettingsSource({ reads, writer, feed }),
    secrets,
    signer: dkimSigner({ secrets, resolver, clock }),
    resolver,
    senderAuthentication,
    transport: smtpTransport(),
    policyFetcher: httpsPolicyFetcher(),
    policyCache: sqlitePolicyCache({ reads, writer, clock }),
    collectSources: sqliteCollectSources({ reads, writer }),
    maildrops: pop3Client({ resolver: systemResolver() }),
    close: () => opened.disposeAsync(),
  };
}

interface Store {
  readonly reads: Reads;
  readonly writer: Writer;
  readonly feed: ChangeFeed;
  close(): Promise<void>;
}

/** The writer comes first: it makes the file that the others read. */
async function openStore({ mail, bodies }: DataDir, committed: (effects: Effects) => void): Promise<Store> {
  const name = randomUUID();
  let feed: ChangeFeed | undefined;
  const writer = await openWriter({ file: mail, bodyDir: bodies, writer: name }, (effects: Effects) => {
    feed?.tell(effects);
    committed(effects);
  });
  const reads = new Reads(mail);
  feed = await retryBusy(() => new ChangeFeed(mail, name));
  return {
    reads,
    writer,
    feed,
    async close() {
      feed.close();
      // The writer's connection goes last: the last one of all processes writes the log back and removes it.
      reads.close();
      await writer.close();
    },
  };
}
