import { anyone, type Identifier, identifiersOf } from '../../../core/accounts/acl.ts';
import { isPerson, publicOwner } from '../../../core/accounts/principal.ts';
import type { Annotations } from '../../../core/mailbox/annotations.ts';
import type { MailboxChanges } from '../../../core/mailbox/mailbox-changes.ts';
import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import { type VisibleEntry, visibleMailboxes } from '../../../core/mailbox/visible-mailboxes.ts';
import { imapSettings } from '../../../core/settings/listeners.ts';
import type { LiveSettings } from '../../../core/settings/live-settings.ts';
import { keptName, listLine } from '../list-line.ts';
import type { Responses } from '../responses.ts';
import type { Authenticated, Selected } from '../state.ts';
import type { NotifyGroup } from '../wire/command.ts';
import { KnownAnnotations, setsOf } from './annotations.ts';
import { asksFor, asksForOthers, eventsFor } from './asked.ts';
import { annotationsLine, FollowedMailboxes, happensInside, type Wanted } from './followed-mailboxes.ts';
import { attributesTold, changedNames, type Names, namesIn } from './names.ts';
import { NoticesOverflow } from './overflow.ts';
import { OwnDeeds } from './own-deeds.ts';

export interface OthersDeps {
  readonly mailboxes: Pick<MailboxStore, 'list' | 'sharers' | 'statuses' | 'acl'>;
  readonly annotations: Annotations;
  readonly changes: MailboxChanges;
  readonly settings: LiveSettings;
  /** Something is to be told. */
  readonly heard: () => void;
}

type Who = Authenticated | Selected;

/** LIST responses for what changed since the last look. Whoever has more changed at once is better served by LIST. */
const mostNames = 1_000;

/**
 * All that a client hears of besides the selected mailbox. Nothing that happens is kept: there are marks of what to look at, and what was told last, so
 * that a client that reads slowly costs no more than one that reads.
 */
export class OtherMailboxes {
  readonly #deps: OthersDeps;
  readonly #groups: readonly NotifyGroup[];
  readonly #annotations: KnownAnnotations;
  readonly #followed: FollowedMailboxes;
  readonly #watched = new Map<Identifier, () => void>();
  readonly #own = new OwnDeeds();
  #names: Names = new Map();
  #namesChanged = false;

  constructor(groups: readonly NotifyGroup[], deps: OthersDeps) {
    this.#groups = groups;
    this.#deps = deps;
    this.#annotations = new KnownAnnotations(deps.annotations);
    this.#followed = new FollowedMailboxes({ ...deps, annotations: this.#annotations });
  }

  get hasNews(): boolean {
    return this.#namesChanged || this.#followed.hasNews;
  }

  /** Looks at everything for the first time. @param tells where mailboxes stand. @throws NoticesOverflow */
  async begin(tells: boolean, state: Who, out: Responses): Promise<void> {
    this.#watchNames(this.#whoseNames(state, []));
    const entries = await this.#entries(state);
    this.#names = namesIn(entries, state.account);
    this.#watchNames(this.#whoseNames(state, entries));
    if (asksFor(this.#groups, 'ServerMetadataChange')) await this.#annotations.learn(setsOf(undefined, state.account));
    await this.#followed.follow(this.#wanted(), () => false, state);
    await this.#followed.begin(tells, openIn(state), state, out);
    const attributes = attributesTold(entries, this.#names);
    for (const [name, { mailbox, readable }] of this.#names)
      if (mailbox !== undefined && !readable && eventsFor(name, this.#names.get(name), this.#groups).size > 0)
        await out.line(listLine(name, attributes(name), state.agreed));
    this.#namesChanged = false;
  }

  close(): void {
    for (const unwatch of this.#watched.values()) unwatch();
    this.#watched.clear();
    this.#followed.close();
  }

  /** The client has closed a mailbox. */
  closed(id: Parameters<FollowedMailboxes['closed']>[0], view: Selected['view']): void {
    this.#followed.closed(id, view);
  }

  /** The client has done this, and need not be told of it. */
  done(command: Parameters<OwnDeeds['note']>[0]): void {
    if (!this.#own.note(command)) return;
    if (command.verb === 'SETMETADATA') this.#followed.changed(keptName(command.mailbox));
    this.#changedNames();
  }

  /** @throws NoticesOverflow */
  async tell(state: Who, out: Responses): Promise<void> {
    // Names first: what is no longer among those that were asked for is not to be told of.
    const areThere = this.#namesChanged || (await this.#followed.tell(openIn(state), state, this.#own, out));
    if (areThere && !this.#namesChanged) return;
    this.#namesChanged = false;
    try {
      await this.#tellNames(state, out);
    } catch (error) {
      this.#namesChanged = true;
      throw error;
    }
    this.#own.forget();
  }

  async #tellNames(state: Who, out: Responses): Promise<void> {
    const entries = await this.#entries(state);
    const [before, after] = [this.#names, namesIn(entries, state.account)];
    const changed = changedNames(before, after, this.#groups).filter(({ name }) => !this.#own.changedName(name));
    if (changed.length > mostNames) throw new NoticesOverflow('names');
    const attributes = attributesTold(entries, after);
    for (const { name, oldName } of changed)
      await out.line(listLine(name, attributes(name), state.agreed, oldName === undefined ? {} : { oldName }));
    this.#names = after;
    if (this.#watchNames(this.#whoseNames(state, entries))) this.#changedNames(); // something may have come before the watch
    await this.#followed.follow(this.#wanted(), (name) => before.get(name)?.mailbox !== undefined, state);
    if (!(await this.#followed.tell(openIn(state), state, this.#own, out))) this.#changedNames();
    await this.#tellServer(state, out);
  }

  async #tellServer({ account, agreed }: Who, out: Responses): Promise<void> {
    if (!asksFor(this.#groups, 'ServerMetadataChange')) return;
    const changed = (await this.#annotations.changed(setsOf(undefined, account))).filter((entry) => !this.#own.setEntry('', entry));
    if (changed.length > 0) await out.line(annotationsLine('', changed, agreed));
  }

  #changedNames(): void {
    this.#namesChanged = true;
    this.#deps.heard();
  }

  async #entries({ account }: Who): Promise<readonly VisibleEntry[]> {
    const { mailboxes, settings } = this.#deps;
    const fakes = settings.get(imapSettings.fakeInaccessibleMailboxes);
    return await visibleMailboxes(account, mailboxes, { fakes, others: asksForOthers(this.#groups) });
  }

  /** @throws NoticesOverflow */
  #wanted(): readonly Wanted[] {
    const wanted = [...this.#names].flatMap(([name, facts]) => {
      if (facts.mailbox === undefined || !facts.readable) return [];
      const events = eventsFor(name, facts, this.#groups);
      return happensInside(events) ? [{ name, mailbox: facts.mailbox, events }] : [];
    });
    if (wanted.length > this.#deps.settings.get(imapSettings.notifyMailboxes)) throw new NoticesOverflow('mailboxes');
    return wanted;
  }

  /** Its own, and of others those who share something, or may come to. */
  #whoseNames({ account }: Who, entries: readonly VisibleEntry[]): ReadonlySet<Identifier> {
    const owners = entries.flatMap(({ mailbox }) => (mailbox === undefined ? [] : [mailbox.account as string as Identifier]));
    const others = asksForOthers(this.#groups) ? [...identifiersOf(account), anyone, publicOwner as string as Identifier, ...owners] : [];
    return new Set([...(isPerson(account) ? [account as string as Identifier] : []), ...others]);
  }

  /** @returns that some are watched that were not */
  #watchNames(whose: ReadonlySet<Identifier>): boolean {
    for (const [one, unwatch] of this.#watched) {
      if (whose.has(one)) continue;
      unwatch();
      this.#watched.delete(one);
    }
    const fresh = [...whose].filter((one) => !this.#watched.has(one));
    for (const one of fresh)
      this.#watched.set(
        one,
        this.#deps.changes.watchNames(one, () => this.#changedNames()),
      );
    return fresh.length > 0;
  }
}

const openIn = (state: Who): Selected['mailbox']['id'] | undefined => (state.at === 'selected' ? state.mailbox.id : undefined);
