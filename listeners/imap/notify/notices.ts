import type { Annotations } from '../../../core/mailbox/annotations.ts';
import type { MailboxChanges } from '../../../core/mailbox/mailbox-changes.ts';
import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { LiveSettings } from '../../../core/settings/live-settings.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Connection } from '../../net/connection.ts';
import type { Responses } from '../responses.ts';
import type { Authenticated, ImapState, Selected } from '../state.ts';
import type { Command, NotifyGroup } from '../wire/command.ts';
import { askedBy } from './asked.ts';
import { OtherMailboxes } from './others.ts';
import { NoticesOverflow } from './overflow.ts';
import type { OpenAsked, SessionNotices } from './session-notices.ts';

export interface NoticesDeps {
  readonly mailboxes: Pick<MailboxStore, 'list' | 'sharers' | 'statuses' | 'acl'>;
  readonly annotations: Annotations;
  readonly changes: MailboxChanges;
  readonly settings: LiveSettings;
  readonly clock: Clock;
  readonly connection: Pick<Connection, 'interrupt'>;
}

type Who = Authenticated | Selected;

/** What is not in the open mailbox is looked at so often at most, ms: a burst in a hundred mailboxes is one look. */
const lookEvery = 1_000;

/** See SessionNotices. */
export class Notices implements SessionNotices {
  readonly #deps: NoticesDeps;
  #open: OpenAsked = 'as-ever';
  #others: OtherMailboxes | undefined;
  #attended: { readonly id: MailboxId; readonly view: Selected['view']; readonly unwatch: () => void } | undefined;
  #openChanged = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #pause: AbortController | undefined;

  constructor(deps: NoticesDeps) {
    this.#deps = deps;
  }

  get open(): OpenAsked {
    return this.#open;
  }

  get areAsked(): boolean {
    return this.#open !== 'as-ever';
  }

  takeOpen(): boolean {
    const changed = this.#openChanged;
    this.#openChanged = false;
    return changed;
  }

  async ask(groups: readonly NotifyGroup[], tells: boolean, state: Who, out: Responses): Promise<boolean> {
    const { selected, groups: rest } = askedBy(groups);
    const others = rest.length === 0 ? undefined : new OtherMailboxes(rest, { ...this.#deps, heard: () => this.#heardOfOthers() });
    try {
      await others?.begin(tells, state, out);
    } catch (error) {
      others?.close();
      if (error instanceof NoticesOverflow) return false;
      throw error;
    }
    this.#others?.close();
    this.#others = others;
    this.#open = selected ?? 'nothing';
    this.#leaveOpen(); // it is attended to anew, or not at all
    return true;
  }

  askNothing(): void {
    this.clear();
    this.#open = 'nothing';
  }

  clear(): void {
    this.#others?.close();
    this.#others = undefined;
    this.#leaveOpen();
    this.#pause?.abort();
    this.#pause = undefined;
    this.#openChanged = false;
    this.#open = 'as-ever';
  }

  again(ms: number): void {
    this.#lookedAt = this.#deps.clock.monotonic() + ms - lookEvery;
    this.#pause?.abort();
    void this.#interruptIn(ms, true);
  }

  done(command: Command): void {
    this.#others?.done(command);
  }

  attend(state: ImapState): void {
    if (!this.areAsked) return;
    const open = state.at === 'selected' ? state : undefined;
    if (this.#attended?.view !== open?.view) this.#attendTo(open);
    // What a command had to keep back can be told now.
    if (open?.view.expungesWait && typeof this.#open === 'object' && !this.#open.delayed) this.#openChanged = true;
    if (this.#openChanged) this.#deps.connection.interrupt();
    if (this.#others?.hasNews) this.#heardOfOthers();
  }

  async tellOthers(state: Who, out: Responses): Promise<boolean> {
    if (!this.#others?.hasNews) return true;
    if (this.#mustPause() > 0) {
      this.#heardOfOthers(); // a timer may ring a moment too early
      return true;
    }
    this.#lookedAt = this.#deps.clock.monotonic();
    try {
      await this.#others.tell(state, out);
      return true;
    } catch (error) {
      if (!(error instanceof NoticesOverflow)) throw error;
      this.askNothing();
      await out.line('* OK [NOTIFICATIONOVERFLOW] There is too much to tell, and nothing more will be told');
      return false;
    }
  }

  #attendTo(open: Selected | undefined): void {
    const before = this.#attended;
    before?.unwatch();
    if (before !== undefined && before.id !== open?.mailbox.id) this.#others?.closed(before.id, before.view);
    // Of who wants to hear nothing of it only what was open is kept in mind.
    const isTold = open !== undefined && this.#open !== 'nothing';
    this.#attended = open && {
      id: open.mailbox.id,
      view: open.view,
      unwatch: isTold ? this.#deps.changes.watch(open.mailbox.id, () => this.#heardOfOpen()) : () => {},
    };
    this.#openChanged = isTold; // what came before the watch began
  }

  #leaveOpen(): void {
    this.#attended?.unwatch();
    this.#attended = undefined;
  }

  #heardOfOpen(): void {
    this.#openChanged = true;
    this.#deps.connection.interrupt();
  }

  #heardOfOthers(): void {
    const pause = this.#mustPause();
    if (pause <= 0) this.#deps.connection.interrupt();
    else if (this.#pause === undefined) void this.#interruptIn(pause);
  }

  #mustPause(): number {
    return this.#lookedAt + lookEvery - this.#deps.clock.monotonic();
  }

  async #interruptIn(ms: number, again = false): Promise<void> {
    const pause = new AbortController();
    this.#pause = pause;
    await this.#deps.clock.sleep(ms, pause.signal);
    if (pause.signal.aborted) return;
    this.#pause = undefined;
    this.#openChanged ||= again;
    this.#deps.connection.interrupt();
  }
}
