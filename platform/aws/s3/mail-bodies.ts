import type { Readable } from 'node:stream';
import { CopyObjectCommand, DeleteObjectsCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { BodyMissing } from '../../../core/mailbox/message-bodies.ts';
import type { BodyId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import { bodyObjectKeys } from './body-keys.ts';
import { isMissing } from './missing-object.ts';
import { wholeObject } from './object-octets.ts';

export interface MailBodiesDeps {
  readonly client: S3Client;
  readonly bucket: string;
}

/** S3 removes so many objects with one request. */
const mostRemoved = 1_000;

/** Objects that belong to mailboxes, apart from the spool's. Who has which stands in the table of mail. */
export class MailBodies {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ client, bucket }: MailBodiesDeps) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** Those that were too long for a record. @throws BodyMissing */
  async facts(id: BodyId): Promise<MessageFacts> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: bodyObjectKeys(id).facts }));
      return JSON.parse((await wholeObject(Body as Readable)).toString('utf8')) as MessageFacts;
    } catch (error) {
      if (isMissing(error)) throw new BodyMissing(`body ${id} is gone`, { cause: error });
      throw error;
    }
  }

  /** Copies a body that was staged or stands in the spool; safe to repeat. @param longFacts to be put beside it. @throws BodyMissing */
  async takeOver(from: BodyId, to: BodyId, longFacts?: MessageFacts): Promise<void> {
    const keys = bodyObjectKeys(to);
    if (longFacts !== undefined) {
      await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: keys.facts, Body: JSON.stringify(longFacts) }));
    }
    const CopySource = `${this.#bucket}/${bodyObjectKeys(from).body}`;
    try {
      await this.#client.send(new CopyObjectCommand({ Bucket: this.#bucket, Key: keys.body, CopySource }));
    } catch (error) {
      if (isMissing(error)) throw new BodyMissing(`body ${from} is gone`, { cause: error });
      throw error;
    }
  }

  /** Safe to repeat. */
  async remove(ids: readonly BodyId[]): Promise<void> {
    const keys = ids.flatMap((id) => Object.values(bodyObjectKeys(id)));
    for (let at = 0; at < keys.length; at += mostRemoved) {
      const Objects = keys.slice(at, at + mostRemoved).map((Key) => ({ Key }));
      const { Errors = [] } = await this.#client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }));
      const [first] = Errors;
      if (first !== undefined) throw new Error(`${Errors.length} objects were not removed: ${first.Code} ${first.Message}`);
    }
  }
}
