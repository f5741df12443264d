import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import type { AdmittedSession } from './admitted-session.ts';
import type { SessionCounts } from './session-counts.ts';

/** The sessions of this process, from admission until their slots are given back. */
export class SessionRegistry {
  readonly #sessions = new Map<SessionId, AdmittedSession>();
  readonly #counts: SessionCounts | undefined;
  #whenEmpty: (() => void)[] = [];

  /** @param counts told of each that comes and goes. @default - nobody counts */
  constructor(counts?: SessionCounts) {
    this.#counts = counts;
  }

  get size(): number {
    return this.#sessions.size;
  }

  add(session: AdmittedSession): void {
    this.#sessions.set(session.id, session);
    this.#counts?.begun(session.protocol);
  }

  remove(session: AdmittedSession): void {
    if (this.#sessions.delete(session.id)) this.#counts?.ended(session.protocol);
    if (this.#sessions.size > 0) return;
    const waiting = this.#whenEmpty;
    this.#whenEmpty = [];
    for (const tell of waiting) tell();
  }

  all(): readonly AdmittedSession[] {
    return [...this.#sessions.values()];
  }

  find(id: SessionId): AdmittedSession | undefined {
    return this.#sessions.get(id);
  }

  of(account: AccountId): readonly AdmittedSession[] {
    return this.all().filter((session) => session.account === account);
  }

  /** Resolves as soon as no session is left. */
  empty(): Promise<void> {
    return this.#sessions.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenEmpty.push(resolve));
  }
}
