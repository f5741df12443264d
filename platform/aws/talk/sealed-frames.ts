import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/**
 * How two processes talk: each side sends 32 random octets, and from then on frames: a length of four octets, and that many of AES-256-GCM with
 * its tag at the end. Both keys, one a direction, come from the key of the listed process and both sides' random octets, so that what was recorded
 * of one connection opens on no other; the nonce counts the frames, so that none can be repeated, left out or put elsewhere within it.
 */
export const helloOctets = 32;

const tagOctets = 16;
const lengthOctets = 4;
/** Octets in a frame, without its length. */
export const longestFrame = 64 * 1024;
export const longestText = longestFrame - tagOctets;

const algorithm = 'aes-256-gcm';
const purpose = 'mailweir talk 1';

export interface TalkKeys {
  readonly toServer: Buffer;
  readonly toClient: Buffer;
}

export function talkKeys(key: Buffer, serverHello: Buffer, clientHello: Buffer): TalkKeys {
  const both = Buffer.from(hkdfSync('sha256', key, Buffer.concat([serverHello, clientHello]), purpose, 64));
  return { toServer: both.subarray(0, 32), toClient: both.subarray(32) };
}

/** Seals what one side says, frame after frame. */
export class Sealer {
  readonly #key: Buffer;
  #frames = 0;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param text at most `longestText` octets. @returns the whole frame */
  seal(text: Buffer): Buffer {
    if (text.length > longestText) throw new Error(`a frame takes ${longestText} octets, not ${text.length}`);
    const cipher = createCipheriv(algorithm, this.#key, nonce(this.#frames++));
    const length = Buffer.alloc(lengthOctets);
    length.writeUInt32BE(text.length + tagOctets);
    return Buffer.concat([length, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Opens what the other side sealed, in its order. */
export class Opener {
  readonly #key: Buffer;
  #frames = 0;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param frame without its length. @returns undefined when it was not sealed by this key, at this place */
  open(frame: Buffer): Buffer | undefined {
    const decipher = createDecipheriv(algorithm, this.#key, nonce(this.#frames), { authTagLength: tagOctets });
    decipher.setAuthTag(frame.subarray(-tagOctets));
    try {
      const text = Buffer.concat([decipher.update(frame.subarray(0, -tagOctets)), decipher.final()]);
      this.#frames += 1;
      return text;
    } catch {
      return undefined; // the tag is compared in constant time, and nothing of what it does not stand for is used
    }
  }
}

/** A key is used for one direction of one connection: its frames are far from 2^64. */
function nonce(frame: number): Buffer {
  const octets = Buffer.alloc(12);
  octets.writeBigUInt64BE(BigInt(frame), 4);
  return octets;
}

/** Cuts what arrives into the hello and frames. Keeps no more than one of them. */
export class FrameCutter {
  #hello: Buffer | undefined;
  #rest: Buffer = Buffer.alloc(0);

  /** Of the other side; undefined until it is whole. */
  get hello(): Buffer | undefined {
    return this.#hello;
  }

  /** In the midst of something: the rest is to follow soon. */
  get isAmid(): boolean {
    return this.#hello === undefined || this.#rest.length > 0;
  }

  /** @returns whole frames, without their lengths; undefined when one can't be one */
  push(octets: Buffer): readonly Buffer[] | undefined {
    this.#rest = this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets]);
    if (this.#hello === undefined) {
      if (this.#rest.length < helloOctets) return [];
      this.#hello = this.#take(helloOctets);
    }
    const frames: Buffer[] = [];
    while (this.#rest.length >= lengthOctets) {
      const length = this.#rest.readUInt32BE();
      if (length < tagOctets || length > longestFrame) return undefined;
      if (this.#rest.length < lengthOctets + length) break;
      frames.push(this.#take(lengthOctets + length).subarray(lengthOctets));
    }
    return frames;
  }

  #take(octets: number): Buffer {
    const taken = this.#rest.subarray(0, octets);
    this.#rest = this.#rest.subarray(octets);
    return taken;
  }
}
