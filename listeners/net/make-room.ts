import type { AccountId } from '../../core/values/address.ts';
import type { FellowProcesses, RestingSession } from './fellow-processes.ts';
import type { SessionRegistry } from './session-registry.ts';

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
    const here = this.#sessions.of(account).flatMap(({ resting }) => resting ?? []);
    const stalest = [...here, ...(await this.#fellows.resting(account))].reduce<RestingSession | undefined>(staler, undefined);
    if (stalest === undefined) return false;
    return this.replace(stalest) || (await this.#fellows.replace(stalest.id));
  }

  /** @returns false when this process has no such session, or it began a command meanwhile */
  replace({ id }: Pick<RestingSession, 'id'>): boolean {
    const session = this.#sessions.all().find((one) => one.id === id);
    if (session?.resting === undefined) return false;
    session.mustEnd('replaced');
    return true;
  }
}

/** One in IDLE goes first: its program only waits. */
function staler(one: RestingSession | undefined, other: RestingSession): RestingSession {
  if (one === undefined) return other;
  if (one.idling !== other.idling) return one.idling ? one : other;
  return other.restedFor > one.restedFor ? other : one;
}
