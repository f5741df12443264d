import { OutcomeUnknown } from '../../../core/slots/slot-store.ts';
import type { Clock } from '../../../core/values/clock.ts';
import { type Connection, isBusy } from '../sqlite/connection.ts';

const patience = 800; // ms, then the outcome counts as unknown

interface Step {
  run(): void;
  /** Gives its caller the answer, after the commit. */
  done(): void;
  failed(error: unknown): void;
}

/** Steps that come in one turn of the event loop share a transaction: a burst of sessions pays for few of them. */
export class StepsOfTurn {
  readonly #db: Connection;
  readonly #clock: Clock;
  #steps: Step[] = [];
  readonly #underWay = new Set<Promise<void>>();

  constructor(db: Connection, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** @throws OutcomeUnknown when the file was locked for too long */
  add<T>(work: () => T): Promise<T> {
    const answered = Promise.withResolvers<T>();
    let answer: T;
    this.#steps.push({
      run: () => {
        answer = work();
      },
      done: () => answered.resolve(answer),
      failed: answered.reject,
    });
    if (this.#steps.length === 1) setImmediate(() => this.#endTurn());
    return answered.promise;
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#endTurn();
    await Promise.all(this.#underWay);
  }

  #endTurn(): void {
    const steps = this.#steps;
    this.#steps = [];
    if (steps.length === 0) return;
    const commit = this.#commit(steps).finally(() => this.#underWay.delete(commit));
    this.#underWay.add(commit);
  }

  async #commit(steps: readonly Step[]): Promise<void> {
    try {
      await this.#together(steps);
      for (const { done } of steps) done();
    } catch (error) {
      if (steps.length === 1 || error instanceof OutcomeUnknown) for (const { failed } of steps) failed(error);
      else await this.#eachAlone(steps);
    }
  }

  /** One of them can't be done, and nothing of them stands: the others must not suffer for it. */
  async #eachAlone(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#together([step]).then(step.done, step.failed);
  }

  #together(steps: readonly Step[]): Promise<void> {
    const all = (): void => {
      for (const { run } of steps) run();
    };
    return retried(this.#clock, () => inTransaction(this.#db, 'BEGIN IMMEDIATE', all));
  }
}

/** @param begin IMMEDIATE takes the write lock before anything is read, so that what was read still holds when it is written */
export function inTransaction<T>(db: Connection, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  db.run(begin);
  try {
    const result = work();
    db.run('COMMIT');
    return result;
  } catch (error) {
    if (db.database.isTransaction) db.run('ROLLBACK');
    throw error;
  }
}

export async function retried<T>(clock: Clock, attempt: () => T): Promise<T> {
  const deadline = clock.monotonic() + patience;
  for (let pause = 0.5; ; pause = Math.min(pause * 2, 20)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (clock.monotonic() >= deadline) throw new OutcomeUnknown('the slots file was locked for too long', { cause: error });
      await clock.sleep(pause * (0.5 + Math.random()));
    }
  }
}
