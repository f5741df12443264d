import { rightsOf } from '../../../core/accounts/acl.ts';
import type { MailboxChanges } from '../../../core/mailbox/mailbox-changes.ts';
import { type Mailbox, MailboxGone, type MailboxStatus, type MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { LiveSettings } from '../../../core/settings/live-settings.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { mayAnnotate } from '../metadata.ts';
import type { Responses } from '../responses.ts';
import type { Authenticated, Selected } from '../state.ts';
import { statusLine } from '../status-line.ts';
import { namesAreUtf8 } from '../wire/agreed.ts';
import type { NotifyEvent, StatusItem } from '../wire/command.ts';
import { formatMailbox } from '../wire/format.ts';
import { formatAstring } from '../wire/format-string.ts';
import { type KnownAnnotations, setsOf } from './annotations.ts';
import { asksForMessages, itemsAtOnce, itemsChanged, type KnownCounts, noMessages } from './counts.ts';
import type { OwnDeeds } from './own-deeds.ts';

export interface FollowedDeps {
  readonly mailboxes: Pick<MailboxStore, 'statuses' | 'acl'>;
  readonly changes: Pick<MailboxChanges, 'watch'>;
  readonly settings: LiveSettings;
  readonly annotations: KnownAnnotations;
  /** Something is to be told. */
  readonly heard: () => void;
}

/** A mailbox that is to be followed, by the name that the client knows it by. */
export interface Wanted {
  readonly name: string;
  readonly mailbox: Mailbox;
  readonly events: ReadonlySet<NotifyEvent>;
}

interface Followed extends Wanted {
  /** Undefined: to be told whatever it is. */
  readonly known: KnownCounts | undefined;
  readonly unwatch: () => void;
}

type Who = Authenticated | Selected;

/** Events that happen in a mailbox. The others are its name's, which are heard of elsewhere. */
export const happensInside = (events: ReadonlySet<NotifyEvent>): boolean => asksForMessages(events) || events.has('MailboxMetadataChange');

/** Where mailboxes stand that a client does not have open, so that it can be told what changes. What waits to be told is one mark for each, however much happens. */
export class FollowedMailboxes {
  readonly #deps: FollowedDeps;
  readonly #followed = new Map<MailboxId, Followed>();
  readonly #changed = new Set<MailboxId>();

  constructor(deps: FollowedDeps) {
    this.#deps = deps;
  }

  get hasNews(): boolean {
    return this.#changed.size > 0;
  }

  close(): void {
    for (const { unwatch } of this.#followed.values()) unwatch();
    this.#followed.clear();
    this.#changed.clear();
  }

  /** Follows these and no others. Those that are new are to be told of as if they had been empty; @param replaced not so one that has taken another's name */
  async follow(wanted: readonly Wanted[], replaced: (name: string) => boolean, { account }: Who): Promise<void> {
    const { changes, annotations, heard } = this.#deps;
    const ids = new Set(wanted.map(({ mailbox }) => mailbox.id));
    for (const [id, { unwatch, mailbox }] of this.#followed) {
      if (ids.has(id)) continue;
      unwatch();
      this.#followed.delete(id);
      this.#changed.delete(id);
      annotations.forget(setsOf(mailbox, account));
    }
    for (const one of wanted) {
      const { id } = one.mailbox;
      const before = this.#followed.get(id);
      if (before !== undefined) {
        this.#followed.set(id, { ...one, known: before.known, unwatch: before.unwatch });
        continue;
      }
      const unwatch = changes.watch(id, () => this.#mark(id, heard), 'later');
      this.#followed.set(id, { ...one, known: replaced(one.name) ? undefined : noMessages, unwatch });
      if (one.events.has('MailboxMetadataChange')) await annotations.learn(setsOf(one.mailbox, account));
      this.#mark(id, heard);
    }
  }

  /** Where they stand is known from now on, and is told where the client wants it. @param openId of the mailbox that it has open, of which it is told otherwise */
  async begin(tells: boolean, openId: MailboxId | undefined, { agreed }: Who, out: Responses): Promise<void> {
    this.#changed.clear();
    const counted = [...this.#followed.values()].filter(({ events }) => asksForMessages(events));
    const counts = await this.#deps.mailboxes.statuses(counted.map(({ mailbox }) => mailbox.id));
    for (const one of counted) {
      const { id } = one.mailbox;
      const status = counts.get(id);
      if (status === undefined) continue; // it is gone, which is heard of
      this.#followed.set(id, { ...one, known: status });
      if (tells && id !== openId) await out.line(this.#line(one, status, itemsAtOnce(one.events, agreed.condstore), agreed));
    }
  }

  /** The client has had it open, and knows it so. */
  closed(id: MailboxId, view: Selected['view']): void {
    const one = this.#followed.get(id);
    if (one === undefined) return;
    const { exists, uidNext, toldModseq } = view;
    const known = { messages: exists, uidNext: uidNext as KnownCounts['uidNext'], highestModseq: toldModseq, unseen: undefined };
    this.#followed.set(id, { ...one, known });
    this.#mark(id, this.#deps.heard);
  }

  /** Something has happened in it that the client has done itself. */
  changed(name: string): void {
    for (const [id, one] of this.#followed) if (one.name === name) this.#mark(id, this.#deps.heard);
  }

  /** Tells what happened. @returns false when one is gone, or may not be read any more: then names are to be looked at */
  async tell(openId: MailboxId | undefined, state: Who, own: OwnDeeds, out: Responses): Promise<boolean> {
    const ids = [...this.#changed];
    this.#changed.clear();
    try {
      const counts = await this.#deps.mailboxes.statuses(ids.filter((id) => id !== openId && this.#counts(id)));
      let areThere = true;
      for (const id of ids) {
        const one = this.#followed.get(id);
        if (one === undefined) continue;
        // Asked each time: what was allowed at the command may be forbidden now (RFC 5465 section 5.9).
        if (!(await this.#mayBeTold(one, state))) areThere = false;
        else {
          const status = counts.get(id);
          if (status !== undefined) await this.#tellCounts(one, status, state, out);
          if (one.events.has('MailboxMetadataChange')) await this.#tellAnnotations(one, state, own, out);
        }
      }
      return areThere;
    } catch (error) {
      for (const id of ids) this.#changed.add(id);
      throw error;
    }
  }

  #counts(id: MailboxId): boolean {
    const one = this.#followed.get(id);
    return one !== undefined && asksForMessages(one.events);
  }

  #mark(id: MailboxId, heard: () => void): void {
    if (!this.#followed.has(id)) return;
    this.#changed.add(id);
    heard();
  }

  async #mayBeTold({ mailbox }: Followed, { account }: Who): Promise<boolean> {
    try {
      const rights = rightsOf(account, { account: mailbox.account, acl: await this.#deps.mailboxes.acl(mailbox.id) });
      return rights.has('l') && rights.has('r');
    } catch (error) {
      if (error instanceof MailboxGone) return false;
      throw error;
    }
  }

  async #tellCounts(one: Followed, status: MailboxStatus, { agreed }: Who, out: Responses): Promise<void> {
    const { condstore } = agreed;
    const items = one.known === undefined ? itemsAtOnce(one.events, condstore) : itemsChanged(one.known, status, one.events, condstore);
    if (items.length > 0) await out.line(this.#line(one, status, items, agreed));
    if (this.#followed.has(one.mailbox.id)) this.#followed.set(one.mailbox.id, { ...one, known: status });
  }

  async #tellAnnotations({ name, mailbox }: Followed, { account, agreed }: Who, own: OwnDeeds, out: Responses): Promise<void> {
    const sets = setsOf(mailbox, account);
    const changed = (await this.#deps.annotations.changed(sets)).filter((entry) => !own.setEntry(name, entry));
    if (changed.length > 0 && mayAnnotate(rightsOf(account, mailbox))) await out.line(annotationsLine(name, changed, agreed));
  }

  #line({ name, mailbox }: Wanted, status: MailboxStatus, items: readonly StatusItem[], agreed: Who['agreed']): string {
    return statusLine({ name, mailbox }, { ...status, deletedSize: 0 }, items, { agreed, settings: this.#deps.settings });
  }
}

/** Entries without their values (RFC 5464 section 4.4.2). */
export const annotationsLine = (name: string, entries: readonly string[], agreed: Who['agreed']): string =>
  `* METADATA ${formatMailbox(name, namesAreUtf8(agreed))} ${entries.map(formatAstring).join(' ')}`;
