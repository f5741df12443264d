import type { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { SignatureStore } from '../../../core/mailbox/search/packed-index.ts';
import { textPackKeys } from '../table-shapes.ts';
import { isMissing } from './missing-object.ts';
import { wholeObject } from './object-octets.ts';

/** Packs of signatures as objects beside the bodies. The bucket removes them after some months, and searches make them anew. */
export const textPacks = (client: S3Client, bucket: string): SignatureStore => ({
  async get(mailbox, pack) {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: textPackKeys.pack(mailbox, pack) }));
      return await wholeObject(Body as Readable);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  async put(mailbox, pack, octets) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: textPackKeys.pack(mailbox, pack), Body: octets }));
  },
});
