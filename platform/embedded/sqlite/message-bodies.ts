import type { BodyCache } from '../../../core/mailbox/body-cache.ts';
import { BodyMissing, type MessageBodies, type StagedBody } from '../../../core/mailbox/message-bodies.ts';
import { envelopeText } from '../../../core/mailbox/search/searched-texts.ts';
import type { BodyId, NewId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import { BodyFile, readBodyFile, readSize, removeBodyFile } from '../files/body-file.ts';
import type { BodyContent } from './operations/body-rows.ts';
import type { Reads } from './reads.ts';
import type { StagedBodies } from './staged-bodies.ts';
import { storeFacts } from './stored-facts.ts';

/** Up to here a body goes into SQLite, in the commit that takes it; larger ones are files. */
export const smallBody = 32_768; // octets

export interface MessageBodiesDeps {
  readonly dir: string;
  readonly reads: Reads;
  readonly staged: StagedBodies;
  readonly newId: NewId;
  /** Of bodies that are files. */
  readonly cache: BodyCache;
  /** The streaming parser that looks at a message as it comes in. */
  readonly messageFacts: () => { write(chunk: Uint8Array): void; end(): MessageFacts };
}

export function embeddedMessageBodies({ dir, reads, staged, cache, newId, messageFacts }: MessageBodiesDeps): MessageBodies {
  return {
    async stage(source, header): Promise<StagedBody> {
      const id = newId() as BodyId;
      const parser = messageFacts();
      const sink = new BodySink(dir, id);
      try {
        if (header !== undefined) {
          parser.write(header);
          await sink.write(header);
        }
        for await (const chunk of source) {
          parser.write(chunk);
          await sink.write(chunk);
        }
        const facts = parser.end();
        staged.put(id, { ...(await sink.end()), facts: storeFacts(facts), envelope: envelopeText(facts.envelope) });
        return { id, facts };
      } catch (error) {
        await sink.abort();
        throw error;
      }
    },

    async discard({ id }) {
      const content = staged.get(id);
      if (staged.drop(id) && content?.bytes === undefined) await removeBodyFile(dir, id);
    },

    async *read(id, from, to) {
      const found = staged.get(id) ?? (await reads.one((sql) => sql.get<StoredBody>(storedBody, id)));
      if (found === undefined) throw new BodyMissing(`body ${id} is gone`);
      const end = Math.min(to, found.size);
      if (found.bytes === undefined || found.bytes === null) {
        yield* cache.read(id, from, end, (at, until) => readBodyFile(dir, id, at, Math.min(until, found.size)));
      } else for (let at = from; at < end; at += readSize) yield found.bytes.subarray(at, Math.min(at + readSize, end));
    },
  };
}

interface StoredBody {
  readonly size: number;
  readonly bytes: Uint8Array | null;
}

const storedBody = 'SELECT b.size, d.bytes FROM bodies b LEFT JOIN body_bytes d ON d.body = b.seq WHERE b.id = ?';

/** Keeps a body in memory while it is small, and moves to a file when it grows over that. */
class BodySink {
  readonly #dir: string;
  readonly #id: BodyId;
  readonly #small: Uint8Array[] = [];
  #size = 0;
  #file: BodyFile | undefined;

  constructor(dir: string, id: BodyId) {
    this.#dir = dir;
    this.#id = id;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    if (this.#file === undefined && this.#size <= smallBody) {
      this.#small.push(new Uint8Array(chunk));
      return;
    }
    if (this.#file === undefined) {
      this.#file = await BodyFile.create(this.#dir, this.#id);
      for (const early of this.#small.splice(0)) await this.#file.write(early);
    }
    await this.#file.write(chunk);
  }

  async end(): Promise<Omit<BodyContent, 'facts' | 'envelope'>> {
    if (this.#file !== undefined) {
      await this.#file.commit();
      return { size: this.#size };
    }
    // An array of exactly its size: a view into a pool would carry the whole pool to the writer thread.
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#small.splice(0)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return { size: this.#size, bytes };
  }

  async abort(): Promise<void> {
    this.#small.length = 0;
    await this.#file?.abort();
  }
}
