import assert from 'node:assert/strict';
import type { RawClient } from '../harness/raw-client.ts';

/** What a client knows of a message from what it was told; undefined is not told yet, or its own doing made it doubtful. */
interface Believed {
  readonly uid?: string;
  readonly flags?: string;
}

/**
 * A client that takes every response at its word, as real ones do, and fails when two of them can't both be true: a number beyond EXISTS,
 * a number that is another UID than before, an EXPUNGE where none may come (RFC 3501 section 7.4.1).
 */
export class BelievingClient {
  readonly messages: Believed[] = [];
  readonly #client: RawClient;
  readonly #transcript: string[] = [];

  constructor(client: RawClient) {
    this.#client = client;
  }

  async ask(command: string): Promise<string> {
    this.#client.write(`t ${command}\r\n`);
    const told = await this.#client.until(/^t /m);
    this.#transcript.push(`> ${command}`, told.slice(0, 1_000));
    for (const line of told.split('\r\n')) this.#believe(line, command);
    assert.ok(!/^t (?:BAD|NO \[UNAVAILABLE\])/m.test(told), this.#failure('refused'));
    return told;
  }

  async append(mailbox: string): Promise<void> {
    await this.ask(`APPEND ${mailbox} {16+}\r\nSubject: hello\r\n`);
  }

  async idle(ms: number): Promise<void> {
    this.#client.write('t IDLE\r\n');
    await this.#client.until(/^\+ /m);
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#client.write('DONE\r\n');
    for (const line of (await this.#client.until(/^t OK/m)).split('\r\n')) this.#believe(line, 'IDLE');
  }

  /** Its own silent STORE: what the flags are now, it was not told. */
  doubt(from: number, to: number): void {
    for (let msn = from; msn <= to; msn++) {
      const { flags: _, ...rest } = this.messages[msn - 1] ?? {};
      this.messages[msn - 1] = rest;
    }
  }

  /** @throws when what it believes is not what it is told now */
  async compare(): Promise<readonly Believed[]> {
    await this.ask('NOOP');
    const believed = [...this.messages];
    await this.ask('FETCH 1:* (UID FLAGS)');
    for (const [i, { flags }] of believed.entries())
      if (flags !== undefined) assert.equal(this.messages[i]?.flags, flags, this.#failure(`flags of ${i + 1}`));
    return this.messages;
  }

  #believe(line: string, command: string): void {
    const [, number = '', what, rest = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(.*)/.exec(line) ?? [];
    const n = Number(number);
    if (what === 'EXISTS') {
      assert.ok(n >= this.messages.length, this.#failure(line));
      while (this.messages.length < n) this.messages.push({});
    } else if (what === 'EXPUNGE') {
      assert.ok(!/^(?:FETCH|STORE|SEARCH)/.test(command) && n >= 1 && n <= this.messages.length, this.#failure(line));
      this.messages.splice(n - 1, 1);
    } else if (what === 'FETCH') this.#fetched(n, rest, line);
  }

  #fetched(msn: number, rest: string, line: string): void {
    const before = this.messages[msn - 1];
    const uid = /UID (\d+)/.exec(rest)?.[1] ?? before?.uid;
    assert.ok(before !== undefined && (before.uid === undefined || before.uid === uid), this.#failure(line));
    const told = /FLAGS \(([^)]*)\)/.exec(rest)?.[1]?.split(' ');
    const flags = told?.filter((flag) => flag !== '' && flag !== '\\Recent').sort().join(' ') ?? before.flags; // biome-ignore format: one thought
    this.messages[msn - 1] = { ...(uid === undefined ? {} : { uid }), ...(flags === undefined ? {} : { flags }) };
  }

  #failure(what: string): string {
    return `${what}, after\n${this.#transcript.slice(-20).join('\n')}`;
  }
}
