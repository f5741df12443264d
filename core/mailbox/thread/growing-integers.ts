/** Whole numbers by place, four octets each; it grows as it is written to. */
export class GrowingIntegers {
  readonly #fill: number;
  #values = new Int32Array(256);

  /** @param fill what stands where nothing was set */
  constructor(fill: number) {
    this.#fill = fill;
    this.#values.fill(fill);
  }

  get(place: number): number {
    return this.#values[place] ?? this.#fill;
  }

  set(place: number, value: number): void {
    if (place >= this.#values.length) {
      const wider = new Int32Array(Math.max(place + 1, this.#values.length * 2)).fill(this.#fill, this.#values.length);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[place] = value;
  }
}
