import { isAnonymous } from '../../core/accounts/principal.ts';
import { type CommandSlots, type CountedCommand, commandSlots } from '../../core/slots/command-slots.ts';
import type { Full, Hold } from '../../core/slots/slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { takeApplied } from '../net/take-slot.ts';
import type { ImapPorts } from './answer.ts';

/** The slots of one command: whoever ran it releases them, once. */
export type Slotted = Pick<Hold, 'release'>;

type Ports = Pick<ImapPorts, 'slots' | 'settings' | 'clock' | 'refused' | 'log' | 'session'>;

/** A command that needs slots; who may wait how long for which. */
export interface SlotLine extends CommandSlots {
  readonly account: AccountId;
  /** By the monotonic clock. */
  readonly deadline: number;
}

export function slotLine(command: CountedCommand, account: AccountId, { settings, clock, session }: Ports): SlotLine {
  // What is meant for one person is counted by the network of who is nobody.
  const who = isAnonymous(account) ? (`${account}/${session.client.network}` as AccountId) : account;
  const wanted = commandSlots({ settings, now: clock.now() }, command, who);
  return { ...wanted, account, deadline: clock.monotonic() + wanted.wait };
}

/**
 * All slots of a command, or none. Who is refused is told to `refused`.
 * @param signal the client went away. @throws its reason
 */
export async function takeSlots(line: SlotLine, ports: Ports, signal: AbortSignal): Promise<Slotted | Refusal> {
  const holds: Hold[] = [];
  const release = (): void => {
    for (let hold = holds.pop(); hold !== undefined; hold = holds.pop()) hold.release();
  };
  for (const limit of line.limits) {
    const answer = await takeApplied(ports, limit, { wait: Math.max(0, line.deadline - ports.clock.monotonic()), signal });
    if ('release' in answer) holds.push(answer);
    if (signal.aborted) {
      release(); // the slot may have come in the moment in which the client went
      throw signal.reason;
    }
    tellRefused(answer, line, ports);
    if ('release' in answer) continue;
    release();
    return 'full' in answer ? line.refusal : answer;
  }
  return { release };
}

function tellRefused(answer: Hold | Full | Refusal, { scope, refusal, account }: SlotLine, { session, refused }: Ports): void {
  const who = { protocol: session.protocol, network: session.client.network, account };
  const full = 'full' in answer ? answer : 'release' in answer ? answer.over : undefined;
  if ('refused' in answer) refused({ ...who, scope: 'store-down', refused: answer.refused, observed: false });
  else if (full !== undefined)
    refused({ ...who, scope, refused: refusal.refused, observed: full !== answer, used: full.used, limit: full.limit });
}
