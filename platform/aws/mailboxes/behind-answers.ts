/** Steps that an answer waits for: those of a user's usual work. */
const mostWaitedFor = 4;

/**
 * Records and bodies of what was expunged are removed before the answer, so that they are gone when it says so; of very many behind it. An open note
 * tells of each step, so that nothing is left when the process dies, or a step fails.
 */
export class BehindAnswers {
  readonly #underWay = new Set<Promise<void>>();

  async removing<T>(steps: readonly T[], remove: (step: T) => Promise<void>): Promise<void> {
    const work = (async () => {
      for (const step of steps) await remove(step).catch(() => {});
    })();
    if (steps.length <= mostWaitedFor) return await work;
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async over(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
