import type { S3Client } from '@aws-sdk/client-s3';

export interface MailBodiesDeps {
  readonly client: S3Client;
  readonly bucket: string;
}

/** Objects that belong to mailboxes, apart from the spool's. Who has which stands in the table of mail. */
export class MailBodies {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ client, bucket }: MailBodiesDeps) {
    this.#client = client;
    this.#bucket = bucket;
  }

  get place(): { readonly client: S3Client; readonly bucket: string } {
    return { client: this.#client, bucket: this.#bucket };
  }
}
