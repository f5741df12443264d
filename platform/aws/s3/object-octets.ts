import type { Readable } from 'node:stream';

/** ms that S3 may be silent in the midst of an object. */
const longestSilence = 30_000;

/** S3 began an object and then said no more. */
export class ObjectSilent extends Error {
  override readonly name = 'ObjectSilent';
}

/**
 * The octets of an object as they come. The SDK watches over the beginning of an answer alone: one that breaks off without a word would keep its reader
 * for ever. A reader who takes his time is none of that, so that time runs only while he waits.
 * @throws ObjectSilent
 */
export async function* objectOctets(object: Readable, silence = longestSilence): AsyncGenerator<Uint8Array> {
  const chunks = object[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const timer = setTimeout(() => object.destroy(new ObjectSilent(`S3 said nothing more for ${silence} ms`)), silence);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** A small object, whole. */
export async function wholeObject(object: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of objectOctets(object)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
