/** A longer boundary is no boundary: RFC 2046 section 5.1.1 allows 70 octets, and lines are kept only so far as to tell them. */
export const maxBoundary = 250;

/** A line that was found to separate parts. `level` counts the multiparts that are open, from the outermost. */
export interface Delimiter {
  readonly level: number;
  readonly closes: boolean;
}

/** Boundaries of the multiparts that are open, outermost first. */
export class Boundaries {
  readonly #open: string[] = [];
  /** Innermost level per boundary, so that a line is compared with all of them in one look-up. */
  #levels = new Map<string, number>();
  #firstOctets = new Set<number>();

  get none(): boolean {
    return this.#open.length === 0;
  }

  /** @returns its level, or undefined when it can't be used as a boundary */
  push(boundary: string): number | undefined {
    const usable = boundary.trimEnd();
    if (usable === '' || usable.length > maxBoundary) return undefined;
    const level = this.#open.push(usable) - 1;
    this.#levels.set(usable, level);
    this.#firstOctets.add(usable.charCodeAt(0));
    return level;
  }

  /** Forgets this level and all inside it. */
  cut(level: number): void {
    if (level >= this.#open.length) return;
    this.#open.length = level;
    this.#levels = new Map(this.#open.map((boundary, i) => [boundary, i]));
    this.#firstOctets = new Set(this.#open.map((boundary) => boundary.charCodeAt(0)));
  }

  /** Cheap: can the line that begins at `at` with a dash be a delimiter, as far as the chunk shows? */
  mayBegin(chunk: Uint8Array, at: number): boolean {
    const [second, third] = [chunk[at + 1], chunk[at + 2]];
    if (this.none || second === undefined) return !this.none;
    return second === 0x2d && (third === undefined || this.#firstOctets.has(third));
  }

  /** @param line a whole line, octets as latin1. White space at its end does not count (RFC 2046 section 5.1.1) */
  find(line: string): Delimiter | undefined {
    if (!line.startsWith('--')) return undefined;
    const text = line.slice(2).trimEnd();
    const opens = this.#levels.get(text);
    const closes = text.endsWith('--') ? this.#levels.get(text.slice(0, -2).trimEnd()) : undefined;
    if (opens !== undefined && (closes === undefined || opens > closes)) return { level: opens, closes: false };
    return closes === undefined ? undefined : { level: closes, closes: true };
  }
}
