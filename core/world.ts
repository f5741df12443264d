import type { AccountDirectory } from './accounts/account-directory.ts';
import type { LoginFailures } from './accounts/login-failures.ts';
import type { LoginTimes } from './accounts/login-times.ts';
import type { PasswordHasher } from './accounts/password-hasher.ts';
import type { CollectSources } from './collect/collect-sources.ts';
import type { MaildropClient } from './collect/maildrop-client.ts';
import type { FailureCache } from './delivery/failure-cache.ts';
import type { MessageSigner } from './delivery/message-signer.ts';
import type { PolicyCache } from './delivery/mta-sts/policy-cache.ts';
import type { PolicyFetcher } from './delivery/mta-sts/policy-fetcher.ts';
import type { Resolver } from './delivery/resolver.ts';
import type { SenderAuthentication } from './delivery/sender-authentication.ts';
import type { SendingService } from './delivery/sending-service.ts';
import type { Spool } from './delivery/spool.ts';
import type { Transport } from './delivery/transport.ts';
import type { Annotations } from './mailbox/annotations.ts';
import type { BodyCache } from './mailbox/body-cache.ts';
import type { MailboxChanges } from './mailbox/mailbox-changes.ts';
import type { MailboxStore } from './mailbox/mailbox-store.ts';
import type { MessageBodies } from './mailbox/message-bodies.ts';
import type { TextIndex } from './mailbox/search/text-index.ts';
import type { SettingsSource } from './settings/settings-source.ts';
import type { SlotStore } from './slots/slot-store.ts';
import type { Clock } from './values/clock.ts';
import type { NewId } from './values/ids.ts';

/** The set of adapters a process runs on. Whoever opens it closes it. */
export interface World {
  readonly clock: Clock;
  readonly newId: NewId;
  readonly accounts: AccountDirectory;
  readonly passwords: PasswordHasher;
  readonly loginFailures: LoginFailures;
  readonly loginTimes: LoginTimes;
  readonly mailboxes: MailboxStore;
  readonly annotations: Annotations;
  readonly bodies: MessageBodies;
  /** What `bodies` are read through. @default - nothing is held */
  readonly bodyCache?: BodyCache | undefined;
  /** @default - a search reads every message whose texts matter */
  readonly textIndex?: TextIndex | undefined;
  /** Messages that a search reads at a time. @default 1 */
  readonly readAtOnce?: number | undefined;
  readonly changes: MailboxChanges;
  readonly spool: Spool;
  readonly failures: FailureCache;
  readonly settings: SettingsSource;
  readonly slotStore: SlotStore;
  readonly resolver: Resolver;
  readonly senderAuthentication: SenderAuthentication;
  readonly transport: Transport;
  readonly policyFetcher: PolicyFetcher;
  readonly policyCache: PolicyCache;
  /** @default - nothing leaves by the API of SES */
  readonly ses?: SendingService | undefined;
  readonly secrets: SecretStore;
  readonly signer: MessageSigner;
  readonly collectSources: CollectSources;
  readonly maildrops: MaildropClient;
  close(): Promise<void>;
}

/** Values behind `secret:<name>` references: Secrets Manager, or 0600 files locally. */
export interface Secrets {
  /** @returns undefined when there is none of this name */
  get(name: string): Promise<string | undefined>;
}

export interface SecretStore extends Secrets {
  /** Readable for this service alone, durable when it resolves; takes the place of one of the same name. @throws when it can be no name */
  put(name: string, value: string): Promise<void>;
  /** Names that begin so, sorted. */
  names(prefix: string): Promise<readonly string[]>;
  /** @returns false when there was none */
  remove(name: string): Promise<boolean>;
}
