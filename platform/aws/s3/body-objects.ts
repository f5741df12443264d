import { Readable } from 'node:stream';
import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { BodyMissing, type MessageBodies, type StagedBody } from '../../../core/mailbox/message-bodies.ts';
import type { BodyId, NewId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import type { SpoolBodies } from '../spool/spool.ts';
import { inlineFacts } from '../spool/spool-items.ts';
import { bodyObjectKeys, isMailBody, mailBodyId } from './body-keys.ts';
import { isMissing } from './missing-object.ts';
import { objectOctets } from './object-octets.ts';

export interface BodyObjectsDeps {
  readonly client: S3Client;
  readonly bucket: string;
  readonly newId: NewId;
  /** The streaming parser that looks at a message as it comes in. */
  readonly messageFacts: () => { write(chunk: Uint8Array): void; end(): MessageFacts };
}

/** @param endpoint @default AWS_ENDPOINT_URL_S3, or that of the Region */
export const openBodyClient = (endpoint?: string): S3Client =>
  new S3Client({
    // Emulators on an address know buckets only by path.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    maxAttempts: 3, // of a stream there is one: it can't be sent again
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });

/** Octets of a part: S3 takes no smaller ones, and a session holds at most two. */
const partSize = 5 * 1024 * 1024;
const mostChunk = 65_536;

/** Message bodies as objects of one bucket, whose names are random ids of ours. A staged body is durable at once; nobody knows of it until a row is added. */
export class BodyObjects implements MessageBodies, SpoolBodies {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #newId: NewId;
  readonly #messageFacts: BodyObjectsDeps['messageFacts'];
  readonly #maybeTaken = new WeakSet<StagedBody>();

  constructor({ client, bucket, newId, messageFacts }: BodyObjectsDeps) {
    this.#client = client;
    this.#bucket = bucket;
    this.#newId = newId;
    this.#messageFacts = messageFacts;
  }

  async stage(source: AsyncIterable<Uint8Array>, header?: Uint8Array): Promise<StagedBody> {
    const id = this.#newId() as BodyId;
    const parser = this.#messageFacts();
    async function* seen(): AsyncGenerator<Uint8Array> {
      if (header !== undefined) yield header;
      yield* source;
    }
    await this.#upload(bodyObjectKeys(id).body, parsed(seen(), parser));
    const facts = parser.end();
    if (inlineFacts(facts) === undefined) await this.#put(bodyObjectKeys(id).facts, JSON.stringify(facts));
    return { id, facts };
  }

  async discard(staged: StagedBody): Promise<void> {
    if (!this.#maybeTaken.has(staged)) await this.remove(staged.id);
  }

  mayBeTaken(staged: StagedBody): void {
    this.#maybeTaken.add(staged);
  }

  async *read(id: BodyId, from: number, to: number): AsyncGenerator<Uint8Array> {
    if (from >= to) return;
    const range = `bytes=${from}-${Number.isFinite(to) ? to - 1 : ''}`;
    const object = await this.#getBody(id, range);
    if (object === undefined) return;
    for await (const chunk of object) {
      for (let at = 0; at < chunk.length; at += mostChunk) yield chunk.subarray(at, at + mostChunk);
    }
  }

  async facts(id: BodyId): Promise<MessageFacts> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await this.#get(bodyObjectKeys(id).facts)) ?? []) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as MessageFacts;
  }

  /** A mailbox may have taken a staged body over meanwhile: whoever staged it knows it by the old id. */
  async #getBody(id: BodyId, range: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      return await this.#get(bodyObjectKeys(id).body, range);
    } catch (error) {
      if (isMailBody(id) || !(error instanceof BodyMissing)) throw error;
      return await this.#get(bodyObjectKeys(mailBodyId(id)).body, range);
    }
  }

  async remove(id: BodyId): Promise<void> {
    const { body, facts } = bodyObjectKeys(id);
    const Objects = [{ Key: body }, { Key: facts }];
    await this.#client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }));
  }

  /** A long body goes up in parts while it is received; a source that throws leaves nothing behind. */
  async #upload(Key: string, octets: AsyncGenerator<Uint8Array>): Promise<void> {
    let fault: unknown;
    async function* watched(): AsyncGenerator<Uint8Array> {
      try {
        yield* octets;
      } catch (error) {
        fault = error;
        throw error;
      }
    }
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.#bucket, Key, Body: Readable.from(watched()) },
      partSize,
      queueSize: 1,
    });
    try {
      await upload.done();
    } catch (error) {
      await upload.abort().catch(() => {}); // the bucket's own rule removes what is left of it
      throw fault ?? error;
    }
  }

  async #put(Key: string, Body: string): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key, Body }));
  }

  /** @returns undefined for a range behind the end. @throws BodyMissing */
  async #get(Key: string, Range?: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key, ...(Range === undefined ? {} : { Range }) }),
      );
      return Body === undefined ? undefined : objectOctets(Body as Readable);
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416) return undefined;
      if (isMissing(error)) throw new BodyMissing(`body ${Key} is gone`, { cause: error });
      throw error;
    }
  }
}

async function* parsed(octets: AsyncIterable<Uint8Array>, parser: { write(chunk: Uint8Array): void }): AsyncGenerator<Uint8Array> {
  for await (const chunk of octets) {
    parser.write(chunk);
    yield chunk;
  }
}
