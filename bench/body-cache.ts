import { setTimeout as sleep } from 'node:timers/promises';
import { BodyCache } from '../core/mailbox/body-cache.ts';
import { defaultAt } from '../core/settings/default-value.ts';
import { memoryForBodies } from '../core/settings/memory.ts';
import { serverSettings } from '../core/settings/server.ts';
import type { BodyId } from '../core/values/ids.ts';
import { median } from './report.ts';

const megabyte = 1024 * 1024;
/** A bucket in the same Region: ms until the first octet comes, and for each 256 KB. */
const firstOctet = 20;
const forSegment = 4;
/** A client with 200 Mbit/s: ms for 256 KB. */
const forClient = 10;
const segment = 262_144;
const messages = 6;
const size = 4 * megabyte;
const octets = new Uint8Array(size);
let requests = 0;

/** Reads as from S3, whose delay is what the figures are about; it is slept, not measured. */
async function* fromBucket(from: number, to: number): AsyncGenerator<Uint8Array> {
  requests += 1;
  await sleep(firstOctet);
  const end = Math.min(to, size);
  for (let at = from; at < end; at += 65_536) {
    yield octets.subarray(at, Math.min(at + 65_536, end));
    if ((at + 65_536 - from) % segment === 0) await sleep(forSegment);
  }
}

/** Two clients fetch the same six messages of 4 MB, one after the other, in pieces of 256 KB as Outlook does, or whole. */
async function fetchAll(cache: BodyCache, piece: number): Promise<number> {
  const since = performance.now();
  for (let client = 0; client < 2; client += 1) {
    for (let message = 0; message < messages; message += 1) {
      for (let at = 0; at < size; at += piece) {
        let taken = 0;
        for await (const chunk of cache.read(`b${message}` as BodyId, at, Math.min(at + piece, size), fromBucket)) {
          taken += chunk.length;
          if (taken % segment < chunk.length) await sleep(forClient);
        }
      }
    }
  }
  return performance.now() - since;
}

/** Fetching large messages from a bucket, with the cache that processes of 64 MB and 512 MB have, beside none. */
export async function benchBodyCache(): Promise<void> {
  const percent = defaultAt(serverSettings.bodyCache, { world: 'aws', loopbackOnly: false, hostname: 'localhost', memory: 0 });
  for (const [what, piece] of [
    ['in pieces of 256 KB', 262_144],
    ['whole', size],
  ] as const) {
    const measured = new Map<number, { readonly times: number[]; requests: number }>();
    for (let round = 0; round < 3; round += 1) {
      for (const memory of [0, 64, 512]) {
        const cache = new BodyCache();
        cache.limitTo(() => memoryForBodies(memory * megabyte, percent));
        requests = 0;
        const { times } = measured.get(memory) ?? { times: [] as number[] };
        times.push(await fetchAll(cache, piece));
        measured.set(memory, { times, requests });
      }
    }
    const bare = measured.get(0);
    for (const memory of [64, 512]) {
      const one = measured.get(memory);
      if (one === undefined || bare === undefined) continue;
      console.log(
        `6 messages of 4 MB by two clients, ${what}, process of ${memory} MB: ${Math.round(median(one.times))} ms and ${one.requests} requests, ` +
          `without a cache ${Math.round(median(bare.times))} ms and ${bare.requests}, ratio ${(median(one.times) / median(bare.times)).toFixed(2)}`,
      );
    }
  }
}
