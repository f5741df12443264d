import { BodyMissing } from '../../../core/mailbox/message-bodies.ts';
import type { ImapPorts } from '../answer.ts';
import { overQuota } from '../quota-check.ts';
import type { Authenticated, Selected } from '../state.ts';
import type { AppendPiece } from '../wire/command.ts';
import { AppendRefused, type AppendStream } from './append-stream.ts';
import { FitOctets, isFit } from './fit-octets.ts';
import { urlOctets } from './url-octets.ts';

/** Octets that may still come: of one message, and of all messages of a command. */
export interface Room {
  readonly ofMessage: number;
  ofAll: number;
  /** Octets of the command so far. */
  taken: number;
  /** What came is staged before all of it is there: is there room in the quota for so many octets of the command? @default - for all */
  readonly quotaHolds?: (octets: number) => Promise<boolean>;
}

/** Each URL costs a look into a mailbox. */
const mostPieces = 500;

type Ports = Pick<ImapPorts, 'mailboxes' | 'bodies' | 'settings'>;

/** The octets of one message, from wherever its pieces come. */
export class MessageSource {
  readonly #stream: AppendStream;
  readonly #room: Room;
  readonly #state: Authenticated | Selected;
  readonly #ports: Ports;
  readonly #fit = new FitOctets();
  #size = 0;
  /** What a literal8 brought can not be kept as it is: there are NULs in it, or line ends that are none. */
  isBinary = false;

  constructor(stream: AppendStream, room: Room, state: Authenticated | Selected, ports: Ports) {
    this.#stream = stream;
    this.#room = room;
    this.#state = state;
    this.#ports = ports;
  }

  /** @throws AppendRefused, LiteralUnfinished */
  async *octets(): AsyncGenerator<Uint8Array, void, undefined> {
    let pieces = 0;
    const kept = { octets: 0 };
    for (let piece = await this.#stream.next(); piece !== undefined && piece.piece !== 'end'; piece = await this.#stream.next()) {
      if (++pieces > mostPieces) throw new AppendRefused(`NO [LIMIT] A message may be made of ${mostPieces} pieces`);
      yield* withinRoom(this.#octetsOf(piece), kept, this.#room);
    }
    if (this.#size === 0) throw new AppendRefused('NO [CANNOT] An empty message can not be appended');
  }

  async *#octetsOf(piece: AppendPiece): AsyncGenerator<Uint8Array, void, undefined> {
    if (piece.piece === 'url') yield* this.#fromUrl(piece.url);
    if (piece.piece !== 'text') return;
    await this.#make(piece.size);
    if (piece.literal8) yield* this.#asTheyAre(this.#stream.octets(piece));
    else for await (const chunk of this.#stream.octets(piece)) yield this.#fit.fit(chunk);
  }

  async *#asTheyAre(octets: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let last = 0;
    for await (const chunk of octets) {
      this.isBinary ||= !isFit(chunk, last);
      last = chunk.at(-1) ?? last;
      yield chunk;
    }
  }

  async *#fromUrl(url: string): AsyncGenerator<Uint8Array, void, undefined> {
    const found = await urlOctets(url, this.#state, this.#ports);
    if (typeof found === 'string') throw badUrl(url, found);
    await this.#make(found.size);
    try {
      for await (const chunk of found.octets()) yield this.#fit.fit(chunk);
    } catch (error) {
      throw error instanceof BodyMissing ? badUrl(url, 'There is no such message any more') : error;
    }
  }

  /** @throws AppendRefused before anything is read that there is no room for */
  async #make(size: number): Promise<void> {
    const { quotaHolds } = this.#room;
    this.#size += size;
    this.#room.ofAll -= size;
    this.#room.taken += size;
    if (this.#size > this.#room.ofMessage) throw tooBig(this.#room);
    if (this.#room.ofAll < 0) throw new AppendRefused('NO [TOOBIG] The messages of a command have too many octets together');
    if (quotaHolds !== undefined && !(await quotaHolds(this.#room.taken))) throw new AppendRefused(overQuota);
  }
}

const tooBig = ({ ofMessage }: Room): AppendRefused => new AppendRefused(`NO [TOOBIG] A message may have ${ofMessage} octets`);

/**
 * What is kept may be more than what was announced: a bare line feed gets its CR, a binary part becomes base64. It counts as it is kept.
 * @param kept octets of the message so far
 * @throws AppendRefused
 */
export async function* withinRoom(
  octets: AsyncIterable<Uint8Array>,
  kept: { octets: number },
  room: Room,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of octets) {
    kept.octets += chunk.length;
    if (kept.octets > room.ofMessage) throw tooBig(room);
    yield chunk;
  }
}

/** RFC 4469 section 3: the URL stands in the code, where `]` would end it. */
const badUrl = (url: string, why: string): AppendRefused =>
  new AppendRefused(`NO [BADURL ${encodeURI(url.slice(0, 1_000).toWellFormed()).replaceAll('%25', '%').replaceAll(']', '%5D')}] ${why}`);
