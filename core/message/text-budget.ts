/** Texts kept of all headers of one message, in octets: facts are stored with each message and must not grow with hostile ones. */
const maxKept = 1_048_576;

/** Keeps texts until the budget is spent; later ones come out shorter, at last empty. */
export class TextBudget {
  #left = maxKept;

  keep(text: string): string {
    const kept = text.length > this.#left ? text.slice(0, this.#left) : text;
    this.#left -= kept.length;
    return kept;
  }
}
