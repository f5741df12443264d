import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { BodyCache } from '../../core/mailbox/body-cache.ts';
import { BodyMissing } from '../../core/mailbox/message-bodies.ts';
import type { BodyId } from '../../core/values/ids.ts';

const kilobyte = 1024;
const megabyte = kilobyte * kilobyte;

/** Bodies whose reads are counted. */
class Shelf {
  readonly loads: { readonly id: string; readonly from: number }[] = [];
  readonly #bodies = new Map<string, Uint8Array>();
  /** Awaited before each chunk. */
  gate: () => Promise<unknown> = () => nextTurn();

  put(id: string, size: number): Uint8Array {
    const octets = new Uint8Array(size);
    for (let at = 0; at < size; at += 7) octets[at] = (at * 31 + id.length) % 251;
    this.#bodies.set(id, octets);
    return octets;
  }

  remove(id: string): void {
    this.#bodies.delete(id);
  }

  readonly load = (id: string, chunk = 30_000) => {
    const { loads, gate } = this;
    const bodies = this.#bodies;
    return async function* (from: number, to: number): AsyncGenerator<Uint8Array> {
      loads.push({ id, from });
      const octets = bodies.get(id);
      if (octets === undefined) throw new BodyMissing(id);
      const end = Math.min(to, octets.length);
      for (let at = from; at < end; at += chunk) {
        await gate();
        yield octets.subarray(at, Math.min(at + chunk, end));
      }
    };
  };
}

function cacheOf(limit: number): BodyCache {
  const cache = new BodyCache();
  cache.limitTo(() => limit);
  return cache;
}

async function read(cache: BodyCache, shelf: Shelf, id: string, from: number, to: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of cache.read(id as BodyId, from, to, shelf.load(id))) {
    assert.ok(chunk.length > 0 && chunk.length <= 65_536, `a chunk of ${chunk.length} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

describe('a cache of bodies', () => {
  it('gives what stands in the body, whatever is asked for, at whatever size', async () => {
    const shelf = new Shelf();
    const bodies = [0, 1, 65_535, 65_536, 65_537, 327_680, 327_681, 900_000].map((size, i) => [`b${i}`, shelf.put(`b${i}`, size)] as const);
    const one = fc.record({ body: fc.nat(bodies.length - 1), from: fc.nat(910_000), length: fc.oneof(fc.nat(910_000), fc.nat(70_000)) });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 50_000, 70_000, 400_000, 3_000_000), fc.array(one, { maxLength: 8 }), async (limit, asked) => {
        const cache = cacheOf(limit);
        const answers = asked.map(async ({ body, from, length }) => {
          const [id, octets] = bodies[body] as (typeof bodies)[number];
          const got = await read(cache, shelf, id, from, from + length);
          assert.ok(cache.octets <= limit, `${cache.octets} of ${limit} octets`);
          assert.ok(got.equals(octets.subarray(from, from + length)), `${id} from ${from}, ${length} octets`);
        });
        await Promise.all(answers);
      }),
      { numRuns: 60 },
    );
  });

  it('loads each part once for all who ask for it at a time', async () => {
    const shelf = new Shelf();
    const octets = shelf.put('large', megabyte);
    const cache = cacheOf(4 * megabyte);
    const all = await Promise.all(Array.from({ length: 12 }, () => read(cache, shelf, 'large', 0, megabyte)));
    for (const got of all) assert.ok(got.equals(octets));
    const starts = shelf.loads.map(({ from }) => from);
    assert.equal(new Set(starts).size, starts.length, `loaded from ${starts}`);
    assert.ok(starts.length <= 5);
  });

  it('reads nothing again that it holds', async () => {
    const shelf = new Shelf();
    shelf.put('large', megabyte);
    const cache = cacheOf(4 * megabyte);
    await read(cache, shelf, 'large', 0, megabyte);
    const before = shelf.loads.length;
    await read(cache, shelf, 'large', 100_000, 700_000);
    assert.equal(shelf.loads.length, before);
  });

  it('opens a body once for a reader who goes through it', async () => {
    const shelf = new Shelf();
    shelf.put('large', 3 * megabyte);
    await read(cacheOf(8 * megabyte), shelf, 'large', 0, 3 * megabyte);
    assert.equal(shelf.loads.length, 1);
  });

  it('has the next part of a message at hand for a client that fetches it piece by piece', async () => {
    const shelf = new Shelf();
    shelf.put('large', megabyte);
    const cache = cacheOf(4 * megabyte);
    await read(cache, shelf, 'large', 0, 327_680);
    await read(cache, shelf, 'large', 327_680, 400_000);
    assert.deepEqual(
      shelf.loads.map(({ from }) => from),
      [0, 327_680],
    );
    const before = shelf.loads.length;
    await read(cache, shelf, 'large', 400_000, 589_824);
    await nextTurn();
    assert.equal(shelf.loads.length, before + 1, 'the part behind it is fetched ahead');
  });

  it('lets those go that were not read for longest', async () => {
    const shelf = new Shelf();
    for (const id of ['old', 'kept', 'new']) shelf.put(id, 60_000);
    const cache = cacheOf(190_000);
    for (const id of ['old', 'kept', 'old', 'kept', 'new', 'kept']) await read(cache, shelf, id, 0, 60_000);
    const before = shelf.loads.length;
    await read(cache, shelf, 'kept', 0, 60_000);
    assert.equal(shelf.loads.length, before);
  });

  it('says so when a body is gone, and does not remember it', async () => {
    const shelf = new Shelf();
    const cache = cacheOf(megabyte);
    await assert.rejects(read(cache, shelf, 'late', 0, 10), BodyMissing);
    assert.equal(cache.octets, 0);
    const octets = shelf.put('late', 10);
    assert.ok((await read(cache, shelf, 'late', 0, 10)).equals(octets));
  });

  it('does not keep readers waiting for one who is slow', async () => {
    const shelf = new Shelf();
    const octets = shelf.put('large', megabyte);
    const cache = cacheOf(4 * megabyte);
    const slow = cache.read('large' as BodyId, 0, megabyte, shelf.load('large'))[Symbol.asyncIterator]();
    await slow.next(); // and takes no more
    assert.ok((await read(cache, shelf, 'large', 0, megabyte)).equals(octets));
    await slow.return?.(undefined);
  });

  it('closes what is not read to its end', async () => {
    let open = 0;
    const cache = cacheOf(megabyte);
    async function* endless(from: number, to: number): AsyncGenerator<Uint8Array> {
      open += 1;
      try {
        for (let at = from; at < to; at += 1_000) yield new Uint8Array(1_000);
      } finally {
        open -= 1;
      }
    }
    for await (const _ of cache.read('b' as BodyId, 0, 900_000, endless)) break;
    while (open > 0) await nextTurn();
    assert.ok(cache.octets <= megabyte);
  });
});
