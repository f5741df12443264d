import type { NumberSet } from '../../../core/values/number-set.ts';

/** Writes small numbers in few octets: seven bits in each, the lowest first, the eighth says that more follow. */
export class Packer {
  #octets = new Uint8Array(256);
  #length = 0;

  octet(value: number): this {
    if (this.#length === this.#octets.length) {
      const wider = new Uint8Array(this.#length * 2);
      wider.set(this.#octets);
      this.#octets = wider;
    }
    this.#octets[this.#length++] = value;
    return this;
  }

  /** @param value whole, from 0 to 2^53 − 1 */
  number(value: number): this {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.octet((rest % 0x80) | 0x80);
    return this.octet(rest);
  }

  octets(values: Uint8Array): this {
    for (const value of values) this.octet(value);
    return this;
  }

  /** Gaps and lengths. */
  numberSet(set: NumberSet): this {
    this.number(set.length);
    let at = 0;
    for (const { from, to } of set) {
      this.number(from - at).number(to - from);
      at = to;
    }
    return this;
  }

  get length(): number {
    return this.#length;
  }

  done(): Uint8Array {
    return this.#octets.slice(0, this.#length);
  }
}

/** Reads what a Packer wrote. @throws naming the item when it ends too early */
export class Unpacker {
  readonly #octets: Uint8Array;
  readonly #where: string;
  #at = 0;

  /** @param where names the item and attribute in a fault */
  constructor(octets: Uint8Array | undefined, where: string) {
    if (octets === undefined) throw new Error(`${where} is no binary`);
    this.#octets = octets;
    this.#where = where;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#octets.length;
  }

  octet(): number {
    const value = this.#octets[this.#at++];
    if (value === undefined) throw new Error(`${this.#where} ends too early`);
    return value;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const octet = this.octet();
      value += (octet & 0x7f) * scale;
      if (octet <= 0x7f) return value;
    }
  }

  octets(count: number): Uint8Array {
    if (this.#at + count > this.#octets.length) throw new Error(`${this.#where} ends too early`);
    this.#at += count;
    return this.#octets.slice(this.#at - count, this.#at);
  }

  numberSet(): NumberSet {
    let at = 0;
    return Array.from({ length: this.number() }, () => {
      const from = at + this.number();
      at = from + this.number();
      return { from, to: at };
    });
  }
}
