/** Octets that may be held in memory at once, by all who share the budget; who finds none left waits in line. */
export class OctetBudget {
  #left: number;
  readonly #waiting: { readonly octets: number; readonly go: () => void }[] = [];

  constructor(octets: number) {
    this.#left = octets;
  }

  /** @param octets not more than the whole budget. @returns gives them back */
  async take(octets: number): Promise<() => void> {
    if (this.#waiting.length > 0 || octets > this.#left) await new Promise<void>((go) => this.#waiting.push({ octets, go }));
    else this.#left -= octets;
    let held = true;
    return () => {
      if (held) this.#giveBack(octets);
      held = false;
    };
  }

  #giveBack(octets: number): void {
    this.#left += octets;
    for (let [next] = this.#waiting; next !== undefined && next.octets <= this.#left; [next] = this.#waiting) {
      this.#waiting.shift();
      this.#left -= next.octets;
      next.go();
    }
  }
}
