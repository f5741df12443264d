import type { BodyId } from '../values/ids.ts';
import type { MessageBodies } from './message-bodies.ts';
import { type LoadBody, OpenBody } from './open-body.ts';

/** Octets of a body's first segment, which most messages have no more than, and of all others. */
const firstSegment = 65_536;
const nextSegment = 262_144;
/** Octets of the chunks that are given out, as MessageBodies promises. */
const mostChunk = 65_536;

/** Octets that an entry takes beside its own: small bodies must not be held without end. */
const ofEntry = 512;

const startOf = (segment: number): number => (segment === 0 ? 0 : firstSegment + (segment - 1) * nextSegment);
const segmentAt = (octet: number): number => (octet < firstSegment ? 0 : 1 + Math.floor((octet - firstSegment) / nextSegment));

interface Held {
  /** Octets that it takes, or may take when it is there. */
  size: number;
  readonly loaded: Promise<Uint8Array>;
  isThere: boolean;
  /** Readers that have it in hand. */
  readers: number;
}

/**
 * Segments of bodies in memory, those that were not read for longest going first; and of a body that is read, the next segment is on its way
 * while a client takes this one. Each is loaded once, however many ask for it at a time. It holds `limit` octets at most, what readers have in
 * hand included: where there is no room, octets go from the body to the reader as if there were no cache.
 */
export class BodyCache {
  #limit: () => number = () => 0;
  /** Those read last stand last. */
  readonly #segments = new Map<string, Held>();
  #octets = 0;

  /** @param limit octets, asked for again and again. Until then, nothing is held */
  limitTo(limit: () => number): void {
    this.#limit = limit;
  }

  /** Octets that are held, or will be when what is under way has come. */
  get octets(): number {
    return this.#octets;
  }

  /** @throws what `load` throws */
  async *read(id: BodyId, from: number, to: number, load: LoadBody): AsyncGenerator<Uint8Array> {
    if (from >= to) return;
    if (this.#limit() < firstSegment + ofEntry) return yield* load(from, to);
    const reading = new Reading(this, id, load, to);
    try {
      let at = from;
      for (let segment = segmentAt(from); startOf(segment) < to; segment += 1) {
        for await (const chunk of reading.segment(segment, at, Math.min(to, startOf(segment + 1)))) {
          at += chunk.length;
          yield chunk;
        }
        if (at < Math.min(to, startOf(segment + 1))) return; // the body's end
      }
    } finally {
      reading.end();
    }
  }

  /** @returns the segment, for the caller to give back; undefined when it has to be loaded and there is no room */
  take(id: BodyId, segment: number, collect: () => Promise<Uint8Array>): Held | undefined {
    const key = `${id}/${segment}`;
    const held = this.#segments.get(key) ?? this.#load(key, startOf(segment + 1) - startOf(segment) + ofEntry, collect);
    if (held === undefined) return undefined;
    held.readers += 1;
    this.#segments.delete(key);
    this.#segments.set(key, held);
    return held;
  }

  giveBack(held: Held): void {
    held.readers -= 1;
  }

  has(id: BodyId, segment: number): boolean {
    return this.#segments.has(`${id}/${segment}`);
  }

  #load(key: string, size: number, collect: () => Promise<Uint8Array>): Held | undefined {
    if (!this.#makeRoom(size)) return undefined;
    this.#octets += size;
    const held: Held = { size, loaded: collect(), isThere: false, readers: 0 };
    this.#segments.set(key, held);
    held.loaded.then(
      (octets) => {
        this.#octets -= held.size;
        held.size = octets.length + ofEntry;
        this.#octets += held.size;
        held.isThere = true;
      },
      () => {
        this.#octets -= held.size;
        if (this.#segments.get(key) === held) this.#segments.delete(key);
      },
    );
    return held;
  }

  #makeRoom(size: number): boolean {
    const limit = this.#limit();
    if (size > limit) return false;
    for (const [key, held] of this.#segments) {
      if (this.#octets + size <= limit) break;
      if (held.readers > 0 || !held.isThere) continue;
      this.#segments.delete(key);
      this.#octets -= held.size;
    }
    return this.#octets + size <= limit;
  }
}

/** @returns the bodies, read through a cache. One that is held may be read for a while after it was removed, as by whoever had begun to */
export const throughCache = (bodies: MessageBodies, cache: BodyCache): MessageBodies => ({
  stage: (source, header) => bodies.stage(source, header),
  discard: (staged) => bodies.discard(staged),
  read: (id, from, to) => cache.read(id, from, to, (at, until) => bodies.read(id, at, until)),
});

/** One reader on its way through a body. */
class Reading {
  readonly #cache: BodyCache;
  readonly #id: BodyId;
  readonly #load: LoadBody;
  readonly #body: OpenBody;
  readonly #to: number;
  /** The segment after this one, on its way. It alone uses the open body until it is there. */
  #ahead: Promise<unknown> = Promise.resolve();

  /** @param to octet up to which it goes. The body is opened to the end of a segment: a stream that is not read to its end costs its connection */
  constructor(cache: BodyCache, id: BodyId, load: LoadBody, to: number) {
    this.#cache = cache;
    this.#id = id;
    this.#load = load;
    this.#to = to;
    this.#body = new OpenBody(load, startOf(segmentAt(to - 1) + 1));
  }

  /** Octets of one segment, fewer at the body's end. */
  async *segment(segment: number, from: number, to: number): AsyncGenerator<Uint8Array> {
    await this.#ahead;
    const held = this.#cache.take(this.#id, segment, () => this.#body.collect(startOf(segment), startOf(segment + 1)));
    if (held === undefined) return yield* this.#body.pieces(from, to);
    try {
      const octets = await held.loaded;
      const start = startOf(segment);
      if (octets.length === startOf(segment + 1) - start) this.#readOn(segment + 1);
      const end = Math.min(to - start, octets.length);
      for (let at = from - start; at < end; at += mostChunk) yield octets.subarray(at, Math.min(at + mostChunk, end));
    } finally {
      this.#cache.giveBack(held);
    }
  }

  /** The next segment comes while this one is taken: also behind the range, since who reads a message piece by piece comes back for the next one. */
  #readOn(next: number): void {
    const isNear = this.#to > (startOf(next - 1) + startOf(next)) / 2;
    if (startOf(next) < this.#to) this.#fetchAhead(next, this.#body);
    else if (next > 1 && isNear) this.#fetchAhead(next, new OpenBody(this.#load, startOf(next + 1)));
  }

  end(): void {
    void this.#ahead.then(() => this.#body.close());
  }

  #fetchAhead(segment: number, body: OpenBody): void {
    if (this.#cache.has(this.#id, segment)) return;
    const held = this.#cache.take(this.#id, segment, () => body.collect(startOf(segment), startOf(segment + 1)));
    if (held === undefined) return;
    this.#cache.giveBack(held);
    // What went wrong is met, and told, by whoever reads on.
    this.#ahead = held.loaded.then(
      () => (body === this.#body ? undefined : body.close()),
      () => body.close(),
    );
  }
}
