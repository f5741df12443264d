import type { BodyId } from '../../../core/values/ids.ts';
import type { BodyContent, BodyToTake } from './operations/body-rows.ts';

/** Bodies that this process has received and nobody has taken yet. Small ones are here whole, until a commit takes them along. */
export class StagedBodies {
  readonly #staged = new Map<BodyId, BodyContent>();

  put(id: BodyId, content: BodyContent): void {
    this.#staged.set(id, content);
  }

  get(id: BodyId): BodyContent | undefined {
    return this.#staged.get(id);
  }

  /** @returns false when it was not staged, or was taken */
  drop(id: BodyId): boolean {
    return this.#staged.delete(id);
  }

  /** What the writer needs to take this body. A taken one is only named. */
  toTake(id: BodyId): BodyToTake {
    const content = this.#staged.get(id);
    return content === undefined ? { id } : { id, content };
  }

  /** Runs a write that takes these bodies; they stay staged when it fails. */
  async taking<T>(ids: readonly BodyId[], write: () => Promise<T>): Promise<T> {
    const answer = await write();
    for (const id of ids) this.#staged.delete(id);
    return answer;
  }
}
