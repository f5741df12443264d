import type { RestingFacts } from '../../core/observe/process-facts.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { FellowProcesses, RestingSession } from './fellow-processes.ts';
import type { SessionRegistry } from './session-registry.ts';

/** Several newcomers may choose the same session, and one may begin a command meanwhile: so many are tried. */
const mostTried = 3;

/** Ends the session of an account that rests longest, here or in another process, so that a new one finds a slot (`drop-oldest-idle`). */
export class RoomMaker {
  readonly #sessions: SessionRegistry;
  readonly #fellows: FellowProcesses;

  constructor(sessions: SessionRegistry, fellows: FellowProcesses) {
    this.#sessions = sessions;
    this.#fellows = fellows;
  }

  /** @returns false when every session of the account is in the midst of a command */
  async makeRoom(account: AccountId): Promise<boolean> {
    const elsewhere = await this.#fellows.resting(account);
    const all: readonly (RestingSession | RestingFacts)[] = [...this.restingHere(account), ...elsewhere];
    for (const session of all.toSorted(stalestFirst).slice(0, mostTried)) {
      if ('process' in session ? await this.#fellows.replace(session) : this.replace(session)) return true;
    }
    return false;
  }

  /** IMAP sessions of this process that could make room. */
  restingHere(account: AccountId): readonly RestingSession[] {
    return this.#sessions.of(account).flatMap(({ protocol, resting }) => (protocol === 'imap' ? (resting ?? []) : []));
  }

  /** @returns false when this process has no such session, or it began a command meanwhile */
  replace({ id }: Pick<RestingSession, 'id'>): boolean {
    const session = this.#sessions.find(id);
    if (session?.resting === undefined) return false;
    session.mustEnd('replaced');
    return true;
  }
}

/** One in IDLE goes first: its program only waits. */
function stalestFirst(one: RestingSession, other: RestingSession): number {
  return Number(other.idling) - Number(one.idling) || other.restedFor - one.restedFor;
}
