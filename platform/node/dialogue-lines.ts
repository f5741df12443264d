const mostHead = 4096; // characters kept of the beginning, and as many of the end
const mostLine = 512;

/** What both sides said, a line each, in bounded space: the beginning and the end. */
export class DialogueLines {
  #head: string[] = [];
  #headSize = 0;
  #tail: string[] = [];
  #tailSize = 0;
  #leftOut = 0;
  #secrets: readonly string[] | undefined;

  /** From now on a login goes on: what we say is left out, and the secrets where the other side repeats them. */
  hide(secrets: readonly string[]): void {
    this.#secrets = secrets.toSorted((a, b) => b.length - a.length); // one may be a part of another
  }

  hideNoMore(): void {
    this.#secrets = undefined;
  }

  /** @param commands maybe several, each on its line */
  ours(commands: string): void {
    for (const line of commands.split('\r\n')) this.#add(`> ${this.#secrets === undefined ? line : withoutCredentials(line)}`);
  }

  theirs(reply: string): void {
    for (const line of this.withoutSecrets(reply).split(/\r?\n/)) this.#add(`< ${line}`);
  }

  withoutSecrets(text: string): string {
    return (this.#secrets ?? []).reduce((kept, secret) => kept.replaceAll(secret, '(secret)'), text);
  }

  /** @returns what was said since the last call */
  take(): readonly string[] {
    const between = this.#leftOut === 0 ? [] : [`(${this.#leftOut} lines left out)`];
    const lines = [...this.#head, ...between, ...this.#tail];
    this.#head = [];
    this.#tail = [];
    this.#headSize = this.#tailSize = this.#leftOut = 0;
    return lines;
  }

  #add(text: string): void {
    const line = printable(text, mostLine);
    if (this.#tail.length === 0 && this.#headSize + line.length <= mostHead) {
      this.#headSize += line.length;
      this.#head.push(line);
      return;
    }
    this.#tail.push(line);
    this.#tailSize += line.length;
    while (this.#tailSize > mostHead) {
      this.#tailSize -= this.#tail.shift()?.length ?? 0;
      this.#leftOut += 1;
    }
  }
}

/** The name of the mechanism tells something, all behind it is the login. */
const withoutCredentials = (line: string): string => {
  const [, mechanism] = /^(AUTH [A-Z0-9_-]+)/i.exec(line) ?? [];
  return mechanism === undefined ? '(credentials)' : `${mechanism} (credentials)`;
};

/** Text from outside on one line. */
export const printable = (text: string, most: number): string => text.slice(0, most).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
