import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { NewId } from '../../../core/values/ids.ts';
import type { MailBodies } from '../s3/mail-bodies.ts';
import type { ChangeTeller } from '../talk/watchers.ts';

/** The half of MailboxStore that knows mailboxes by their ids. */
export type MessageStore = Omit<MailboxStore, 'list' | 'find' | 'create' | 'rename' | 'delete' | 'subscribe'>;

export interface MessagesDeps {
  /** One that repeats by itself what failed: all writes are safe to repeat. */
  readonly client: DynamoDBClient;
  /** The table of mail. */
  readonly table: string;
  readonly bodies: MailBodies;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** @default - nobody is told: watchers find out by themselves */
  readonly teller?: ChangeTeller | undefined;
}

export interface Messages {
  readonly store: MessageStore;
}

export function openMessages(_deps: MessagesDeps): Messages {
  throw new Error('messages are not kept yet');
}
