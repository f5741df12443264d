import type { BodyId } from '../values/ids.ts';
import type { MessageFacts } from '../values/message-facts.ts';

/** A body that has been received whole and parsed. It becomes durable with the Spool.add or MailboxStore.append that takes it. */
export interface StagedBody {
  readonly id: BodyId;
  readonly facts: MessageFacts;
}

/**
 * Where message bodies are kept, each once, however many mailboxes and spool rows point to it. Which bodies nobody points to any more
 * is the adapter's knowledge; it removes them by itself.
 */
export interface MessageBodies {
  /**
   * Receives a body; parses its facts in the same pass. Nothing is promised until a Spool.add or MailboxStore.append has taken it.
   * @param source message octets, CRLF line ends
   * @param header octets to stand before the source (our trace fields)
   * @throws what `source` throws, after removing what was staged; a failed write is thrown too
   */
  stage(source: AsyncIterable<Uint8Array>, header?: Uint8Array): Promise<StagedBody>;

  /** Forgets a staged body that nobody took. Safe to call after it was taken: then it does nothing. */
  discard(staged: StagedBody): Promise<void>;

  /**
   * Octets `from` (inclusive) to `to` (exclusive) of a stored body, in chunks of at most 64 KB; ranges past the end are cut.
   * @throws BodyMissing when there is no such body any more
   */
  read(id: BodyId, from: number, to: number): AsyncIterable<Uint8Array>;
}

/** The body was removed (the last mailbox that had it expunged it) between listing and reading. */
export class BodyMissing extends Error {
  override readonly name = 'BodyMissing';
}
