import { BodyMissing, type StagedBody } from '../../../core/mailbox/message-bodies.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { BodyId, NewId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import { isMailBody, mailBodyId } from '../s3/body-keys.ts';
import type { MailBodies } from '../s3/mail-bodies.ts';
import type { MailTable } from './mail-table.ts';
import { packFacts } from './message-record.ts';
import { anOwner, bodyOfOwner, ownerKey, ownerless, takenItem, takenKey } from './ownership.ts';

/** A body that messages of a mailbox may have from now on. */
export interface TakenBody {
  readonly body: BodyId;
  readonly size: number;
  /** undefined: in the bucket. */
  readonly facts: Uint8Array | undefined;
  /** It had owners before: this one must still be there in the transaction that adds another. */
  readonly standing?: string;
}

export interface BodyTakingDeps {
  readonly table: MailTable;
  readonly bodies: MailBodies;
  readonly clock: Clock;
  readonly newId: NewId;
}

export type NewBody = StagedBody | { readonly id: BodyId; readonly facts: MessageFacts };

/**
 * Bodies that are being taken over from the spool or from whoever staged them. Each has an open note until it is `done` or `undone`: it says that owners may come, and
 * lets the purge remove the object when this process dies.
 */
export class BodyTaking {
  readonly #deps: BodyTakingDeps;
  readonly #begun: { readonly body: BodyId; readonly staged: BodyId | undefined }[] = [];
  /** One of each body that a message has. */
  readonly #owners = new Map<BodyId, string>();
  readonly #since: number;

  constructor(deps: BodyTakingDeps) {
    this.#deps = deps;
    this.#since = deps.clock.now();
  }

  /** A body that was staged for this, or one that mailboxes have. @throws BodyMissing */
  async own({ id, facts }: NewBody): Promise<TakenBody> {
    if (isMailBody(id)) return await this.#standing(id, facts);
    const body = mailBodyId(id);
    try {
      return await this.#copied(id, body, facts, id);
    } catch (error) {
      if (error instanceof BodyMissing) return await this.#standing(body, facts);
      throw error;
    }
  }

  /** A copy of a body that stays in the spool, under a new id: who does the same again after a crash makes another. @throws BodyMissing */
  async copyOf(id: BodyId, facts: MessageFacts): Promise<TakenBody> {
    return await this.#copied(id, mailBodyId(this.#deps.newId()), facts, undefined);
  }

  async #copied(from: BodyId, body: BodyId, facts: MessageFacts, staged: BodyId | undefined): Promise<TakenBody> {
    const { table, bodies } = this.#deps;
    const packed = packFacts(facts);
    await table.put(takenItem(body, this.#since, staged));
    try {
      await bodies.takeOver(from, body, packed === undefined ? facts : undefined);
    } catch (error) {
      if (error instanceof BodyMissing) await table.deleteAll([takenKey(body)]);
      throw error;
    }
    this.#begun.push({ body, staged });
    return { body, size: facts.size, facts: packed };
  }

  async #standing(body: BodyId, facts: MessageFacts): Promise<TakenBody> {
    return { body, size: facts.size, facts: packFacts(facts), standing: await anOwner(this.#deps.table, body) };
  }

  /**
   * No owner is added after `mayAdd` says no: a day later the purge takes the note for one of a process that died. A request that was signed before
   * is refused by AWS 15 minutes later.
   */
  get mayAdd(): boolean {
    return this.#deps.clock.now() - this.#since < mostTaking;
  }

  /** A message has the body now. */
  has(body: BodyId, owner: string): void {
    this.#owners.set(body, owner);
  }

  /** All that was to be appended is. */
  async done(): Promise<void> {
    const { table, bodies } = this.#deps;
    const staged = this.#begun.flatMap((one) => one.staged ?? []);
    if (staged.length > 0) await bodies.remove(staged);
    await this.#endNotes();
    // Who expunged them meanwhile met the notes, and left the bodies to us.
    const wanted = this.#begun.flatMap(({ body }) => {
      const owner = this.#owners.get(body);
      return owner === undefined ? [] : [{ body, owner }];
    });
    const found = await table.getAll(wanted.map(({ body, owner }) => ownerKey(body, owner)));
    const owned = new Set(found.map(bodyOfOwner));
    await removeOwnerless(
      this.#deps,
      this.#begun.map(({ body }) => body).filter((body) => !owned.has(body)),
    );
  }

  /** It is sure that no message has them, nor will: what was staged stays with whoever staged it. */
  async undone(): Promise<void> {
    await this.#endNotes();
    await removeOwnerless(
      this.#deps,
      this.#begun.map(({ body }) => body),
    );
  }

  async #endNotes(): Promise<void> {
    await this.#deps.table.deleteAll(this.#begun.map(({ body }) => takenKey(body)));
  }
}

/** ms that the note of a process at work is old at most; ms that one is old of which that process has died. */
const mostTaking = 3_600_000;
export const abandonedAfter = 86_400_000;

type Removing = Pick<BodyTakingDeps, 'table' | 'bodies'>;

/** The note goes; so does a body that has no owner after all, and what was staged. */
export async function endTaking(deps: Removing, body: BodyId, staged: BodyId | undefined): Promise<void> {
  if (staged !== undefined) await deps.bodies.remove([staged]);
  await deps.table.deleteAll([takenKey(body)]);
  await removeOwnerless(deps, [body]);
}

async function removeOwnerless({ table, bodies }: Removing, suspects: readonly BodyId[]): Promise<void> {
  const free = suspects.length === 0 ? [] : await ownerless(table, suspects);
  if (free.length > 0) await bodies.remove(free);
}
