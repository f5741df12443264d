import type { AccountDirectory } from '../accounts/account-directory.ts';
import { hasAccount } from '../accounts/has-account.ts';
import { type AcceptDeps, newSpoolId } from '../delivery/accept.ts';
import type { EventLog } from '../observe/event-log.ts';
import { smtpSettings } from '../settings/listeners.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import { serverSettings } from '../settings/server.ts';
import type { Slots } from '../slots/slots.ts';
import type { HolderId, NewId, SpoolId } from '../values/ids.ts';
import type { Secrets } from '../world.ts';
import type { CollectSources, MemoryChanges, Remembered } from './collect-sources.ts';
import { type ListedMessage, type Maildrop, type MaildropClient, MaildropFault, MessageRefused, type Uidl } from './maildrop-client.ts';
import { type PlannedMessage, planMaildrop } from './maildrop-plan.ts';
import type { RunReport, RunResult, Source } from './source.ts';
import { MessageTooLarge, takeCollected } from './take-collected.ts';

export interface CollectSourceDeps extends AcceptDeps {
  readonly sources: CollectSources;
  readonly maildrops: MaildropClient;
  readonly accounts: Pick<AccountDirectory, 'resolve'>;
  readonly secrets: Secrets;
  readonly settings: LiveSettings;
  readonly slots: Slots;
  readonly newId: NewId;
  readonly log: EventLog;
  readonly holder: HolderId;
}

export interface RunEnding {
  /** Looked at between messages: what is here is deleted there if it is to be, and the session ends in order. */
  mustStop(): 'stopped' | 'more' | undefined;
  /** Breaks off at once. */
  readonly cut: AbortSignal;
}

/** A report without its times, and what was learnt about the server. */
export interface RunOutcome extends Omit<RunReport, 'startedAt' | 'endedAt'> {
  /** Seconds. */
  readonly loginDelay: number;
}

/**
 * One session with one server: what is new comes here, what is to go there goes. Whatever happens at whatever point, no message is lost and
 * none lands twice, because of the order: remembered as begun, under an id; durable here under that id; remembered as collected; deleted.
 * The source must be claimed, and its claim kept. Never throws: a store that fails is an outcome as well.
 */
export async function collectSource(source: Source, deps: CollectSourceDeps, ending: RunEnding): Promise<RunOutcome> {
  const run = new CollectRun(source, deps, ending);
  try {
    return run.outcome(await run.work());
  } catch (error) {
    if (error instanceof MaildropFault) return run.faulted(error);
    deps.log.failure('collect-failed', error, { source: source.name });
    return run.outcome('failed', 'an error of ours, see the log');
  } finally {
    run.close();
  }
}

const forgottenAtOnce = 1000; // per write

class CollectRun {
  readonly #source: Source;
  readonly #deps: CollectSourceDeps;
  readonly #ending: RunEnding;
  readonly #counts = { collected: 0, deleted: 0, tooLarge: 0, refused: 0 };
  #listed: number | undefined;
  #loginDelay: number;
  #maildrop: Maildrop | undefined;
  #memory = new Map<Uidl, Remembered>();

  constructor(source: Source, deps: CollectSourceDeps, ending: RunEnding) {
    this.#source = source;
    this.#deps = deps;
    this.#ending = ending;
    this.#loginDelay = source.loginDelay;
  }

  outcome(result: RunResult, reason?: string): RunOutcome {
    return {
      result,
      ...(reason === undefined ? {} : { reason }),
      ...(this.#listed === undefined ? {} : { listed: this.#listed }),
      ...this.#counts,
      loginDelay: this.#loginDelay,
    };
  }

  faulted({ kind, message, loginDelay = this.#loginDelay }: MaildropFault): RunOutcome {
    return { ...this.outcome(kind, message), loginDelay };
  }

  close(): void {
    this.#maildrop?.close();
  }

  async work(): Promise<RunResult> {
    const { accounts, secrets, maildrops, sources } = this.#deps;
    const { account, secret, id } = this.#source;
    if (!(await hasAccount(accounts, account))) return 'no-account';
    const password = await secrets.get(secret);
    if (password === undefined) return 'no-secret';
    const maildrop = await maildrops.open({ ...this.#source, password }, this.#ending.cut);
    this.#maildrop = maildrop;
    this.#loginDelay = maildrop.loginDelay;
    const listed = await maildrop.list();
    this.#listed = listed.length;
    this.#memory = new Map(await sources.remembered(id));
    return (await this.#forgetGone(listed)) ? await this.#collect(listed, maildrop) : 'stopped';
  }

  async #collect(listed: readonly ListedMessage[], maildrop: Maildrop): Promise<RunResult> {
    const { toCollect, tooLarge } = this.#plan(listed);
    this.#counts.tooLarge = tooLarge;
    for (const message of toCollect) {
      const over = this.#mustStop() ?? (await this.#collectOne(message, maildrop));
      if (over === undefined) continue;
      if (over !== 'broken-off') await this.#end(listed, maildrop);
      return over === 'broken-off' ? 'more' : over;
    }
    await this.#end(listed, maildrop);
    return 'done';
  }

  /** @returns why the run is over; `broken-off`: so is the session */
  async #collectOne({ uidl, number }: PlannedMessage, maildrop: Maildrop): Promise<'stopped' | 'broken-off' | undefined> {
    const { settings, slots, log, clock } = this.#deps;
    const id = await this.#begin(uidl);
    if (id === undefined) return 'stopped';
    const message = { id, number, maxOctets: settings.get(smtpSettings.messageSize), hostname: settings.get(serverSettings.hostname) };
    try {
      const taken = await takeCollected(message, this.#source, maildrop, () => slots.mayAct(), this.#deps);
      if (taken !== 'accepted') return 'stopped';
    } catch (error) {
      if (error instanceof MessageRefused) {
        this.#counts.refused += 1;
        return undefined;
      }
      if (!(error instanceof MessageTooLarge)) throw error;
      this.#counts.tooLarge += 1;
      await this.#remember(new Map([[uidl, { state: 'too-large', octets: error.octets }]]));
      return 'broken-off';
    }
    log.event('message-collected', { message: id, source: this.#source.name, account: this.#source.account });
    this.#counts.collected += 1;
    return (await this.#remember(new Map([[uidl, { state: 'collected', at: clock.now() }]]))) ? undefined : 'stopped';
  }

  /** @returns the id under which this message is collected, whoever began it; undefined when the claim was lost */
  async #begin(uidl: Uidl): Promise<SpoolId | undefined> {
    const known = this.#memory.get(uidl);
    if (known?.state === 'begun') return known.message;
    const message = newSpoolId(this.#deps.newId);
    return (await this.#remember(new Map([[uidl, { state: 'begun', message }]]))) ? message : undefined;
  }

  /** Only QUIT deletes there, so nothing is gained by saying DELE before all is here. */
  async #end(listed: readonly ListedMessage[], maildrop: Maildrop): Promise<void> {
    const deleted: Uidl[] = [];
    for (const { uidl, number } of this.#plan(listed).toDelete) {
      if (this.#deps.slots.mayAct() && (await maildrop.delete(number))) deleted.push(uidl);
    }
    await maildrop.quit();
    this.#counts.deleted = deleted.length;
    // At once: a server may give the name of a message that is gone to another one.
    await this.#forget(deleted);
  }

  #plan(listed: readonly ListedMessage[]): ReturnType<typeof planMaildrop> {
    const maxOctets = this.#deps.settings.get(smtpSettings.messageSize);
    return planMaildrop(listed, this.#memory, { now: this.#deps.clock.now(), keep: this.#source.keep, maxOctets });
  }

  #forgetGone(listed: readonly ListedMessage[]): Promise<boolean> {
    return this.#forget(this.#plan(listed).forget);
  }

  /** @returns false when the claim was lost */
  async #forget(uidls: readonly Uidl[]): Promise<boolean> {
    for (let at = 0; at < uidls.length; at += forgottenAtOnce) {
      const some = uidls.slice(at, at + forgottenAtOnce);
      if (!(await this.#write({ forget: some }))) return false;
      for (const uidl of some) this.#memory.delete(uidl);
    }
    return true;
  }

  async #remember(set: ReadonlyMap<Uidl, Remembered>): Promise<boolean> {
    if (!(await this.#write({ set }))) return false;
    for (const [uidl, what] of set) this.#memory.set(uidl, what);
    return true;
  }

  #write(changes: MemoryChanges): Promise<boolean> {
    const { sources, holder } = this.#deps;
    return sources.remember(this.#source.id, holder, changes);
  }

  #mustStop(): 'stopped' | 'more' | undefined {
    return this.#deps.slots.mayAct() ? this.#ending.mustStop() : 'stopped';
  }
}
