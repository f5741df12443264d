import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { NewId } from '../../../core/values/ids.ts';
import type { ChangeTeller } from '../talk/watchers.ts';

export type MailboxNames = Pick<MailboxStore, 'list' | 'find' | 'create' | 'rename' | 'delete' | 'subscribe'>;

export interface MailboxNamesDeps {
  /** One that repeats by itself what failed: all writes are safe to repeat. */
  readonly client: DynamoDBClient;
  /** The table of mail. */
  readonly table: string;
  readonly clock: Clock;
  readonly newId: NewId;
  /** INBOX is renamed by moving its messages. */
  readonly messages: Pick<MailboxStore, 'status' | 'move'>;
  /** @default - nobody is told that a mailbox is gone: watchers find out by themselves */
  readonly teller?: ChangeTeller | undefined;
}

export function dynamoMailboxNames(_deps: MailboxNamesDeps): MailboxNames {
  throw new Error('mailboxes have no names yet');
}
