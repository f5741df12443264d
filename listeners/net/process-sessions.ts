import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Full, Hold } from '../../core/slots/slots.ts';
import type { Protocol } from '../../core/values/protocol.ts';

/** Sessions of this process, counted from before their first slot is asked for, so that many who come at once can't all pass. */
export class ProcessSessions {
  readonly #live = new Map<Protocol, number>();

  live(protocol: Protocol): number {
    return this.#live.get(protocol) ?? 0;
  }

  /** @param limit 0 = unlimited */
  enter(protocol: Protocol, limit: number, observe: boolean): Hold | Full {
    const live = this.live(protocol);
    const full = limit !== 0 && live >= limit ? ({ full: true, used: live, limit } as const) : undefined;
    if (full !== undefined && !observe) return full;
    this.#live.set(protocol, live + 1);
    let held = true;
    return {
      key: `${protocol}/sessions-per-process` as SlotKey,
      ...(full === undefined ? {} : { over: full }),
      release: () => {
        if (held) this.#live.set(protocol, this.live(protocol) - 1);
        held = false;
      },
    };
  }
}
