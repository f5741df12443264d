import assert from 'node:assert/strict';
import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { message } from '../open-imap.ts';
import { type Actor, eachOf, type Said } from './actor.ts';
import type { Deed } from './deeds.ts';
import { type Order, orderOf, removeDeleted, type Standing } from './orders.ts';
import { type Effect, inOrder, type Observed, Reference } from './reference.ts';

/** Two mailboxes and their clients. */
export interface Scene {
  readonly store: Pick<MailboxStore, 'snapshot'>;
  readonly ids: readonly MailboxId[];
  readonly names: readonly string[];
  readonly actors: readonly Actor[];
  /** Resolves when no session is left of connections that are gone. */
  settled(): Promise<void>;
}

/** A deed that is being done. */
interface Doing {
  readonly actor: Actor;
  readonly effect: Effect;
  /** The client was gone before it was answered: it may not have come to it. */
  readonly isOpen?: boolean;
  /** To be looked at when nobody did anything at the same time. */
  check(): void;
}

const nothing: Effect = () => {};

/** Plays deeds of several clients, and looks after each step whether what is kept, told and believed is what it has to be. */
export class Turmoil {
  readonly #scene: Scene;
  #reference = new Reference([]);
  /** Which UIDs have which numbers for a client. */
  readonly #views = new Map<Actor, readonly number[]>();
  #appended = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async play(run: readonly (readonly Deed[])[]): Promise<void> {
    this.#reference = new Reference(await this.#look());
    for (const step of run) await this.#step(step);
    for (const actor of this.#scene.actors) if (actor.isConnected) await this.#alone(actor, () => this.#noop(actor));
    await this.#compareTexts();
  }

  async #step(step: readonly Deed[]): Promise<void> {
    for (const { who } of step) await this.#attend(this.#actor(who), step[0] as Deed);
    if (step.length === 1) {
      const [deed] = step as [Deed];
      return this.#alone(this.#actor(deed.who), () => this.#do(deed));
    }
    const done = await Promise.all(step.map((deed) => this.#do(deed)));
    await this.#scene.settled();
    this.#reference.adopt(done, await this.#look());
    for (const { actor } of done) if (actor.selected !== undefined) await this.#catchUp(actor);
  }

  /** Connects and selects what is not, and ends IDLE. */
  async #attend(actor: Actor, { box, more }: Deed): Promise<void> {
    if (!actor.isConnected) await actor.connect();
    if (actor.isIdling) await this.#alone(actor, () => this.#rouse(actor));
    if (actor.selected === undefined) await this.#alone(actor, () => this.#select(actor, 'SELECT', box, more % 4));
  }

  async #alone(actor: Actor, act: () => Promise<Doing>): Promise<void> {
    const doing = await act();
    await this.#scene.settled();
    this.#reference.adopt([doing], await this.#look());
    doing.check();
    this.#compare(actor);
  }

  /** After others were at work at the same time, what was told when is open; with the next news all has to be right. */
  async #catchUp(actor: Actor): Promise<void> {
    this.#views.delete(actor);
    if (actor.isIdling) await actor.rouse();
    else await actor.ask('NOOP');
    this.#compare(actor);
  }

  #compare(actor: Actor): void {
    if (actor.selected === undefined || actor.isIdling) return;
    const { box } = actor.selected;
    const view = this.#views.get(actor) ?? this.#reference.uids(box);
    const gone = new Set(view.filter((uid) => !this.#reference.box(box).has(uid)));
    actor.compare(view, this.#reference, gone);
    this.#views.set(actor, view);
    actor.toldUpTo = this.#reference.highest(box);
  }

  #do(deed: Deed): Promise<Doing> {
    const actor = this.#actor(deed.who);
    switch (deed.what) {
      case 'APPEND':
        return this.#append(actor, deed);
      case 'STATUS':
        return this.#status(actor, deed);
      case 'IDLE':
        return this.#idle(actor);
      case 'SELECT':
      case 'EXAMINE':
        return this.#select(actor, deed.what, deed.box, deed.more);
      case 'CLOSE':
      case 'UNSELECT':
        return this.#leave(actor, deed.what);
      case 'VANISH':
        return this.#vanish(actor, deed);
      default:
        return this.#order(actor, orderOf(deed, this.#standing(actor)));
    }
  }

  async #order(actor: Actor, order: Order): Promise<Doing> {
    const before = this.#news(actor);
    const said = await actor.ask(order.command, order.octets === undefined ? [] : [order.octets]);
    order.believe?.(said);
    return {
      actor,
      effect: order.effect(said),
      check: () => {
        order.check?.(said);
        this.#checkNews(actor, said, before, order);
      },
    };
  }

  #noop(actor: Actor): Promise<Doing> {
    return actor.isIdling ? this.#rouse(actor) : this.#order(actor, quiet('NOOP'));
  }

  async #append(actor: Actor, { box, flags, more }: Deed): Promise<Doing> {
    const before = this.#news(actor);
    const subjects = Array.from({ length: more === 4 ? 3 : 1 }, () => this.#subject());
    const given = more % 4 < 2 ? ` (${flags})` : '';
    const said = await actor.ask(
      `APPEND ${this.#scene.names[box]}${given}`,
      subjects.map((subject) => message(subject)),
      given,
    );
    const uids = eachOf(/\[APPENDUID \d+ ([\d:,]+)\]/.exec(said.reply)?.[1] ?? '0');
    const kept = given === '' ? '' : inOrder(flags.split(' '));
    return {
      actor,
      effect: (boxes) => {
        for (const [i, subject] of subjects.entries()) boxes[box]?.set(uids[i] ?? 0, { flags: kept, modseq: undefined, subject });
      },
      check: () => this.#checkNews(actor, said, before, quiet('APPEND')),
    };
  }

  async #status(actor: Actor, { box }: Deed): Promise<Doing> {
    const before = this.#news(actor);
    const said = await actor.ask(`STATUS ${this.#scene.names[box]} (MESSAGES UIDNEXT UNSEEN HIGHESTMODSEQ)`);
    return {
      actor,
      effect: nothing,
      check: () => {
        const messages = [...this.#reference.box(box).values()];
        const unseen = messages.filter(({ flags }) => !flags.includes('\\Seen')).length;
        const wanted = `MESSAGES ${messages.length} UIDNEXT ${this.#reference.uidNext(box)} UNSEEN ${unseen} HIGHESTMODSEQ ${this.#reference.highest(box)}`; // biome-ignore format: one line
        assert.ok(
          said.lines.some((line) => line.endsWith(`(${wanted})`)),
          actor.failure(`was not told ${wanted}`),
        );
        this.#checkNews(actor, said, before, quiet('STATUS'));
      },
    };
  }

  async #idle(actor: Actor): Promise<Doing> {
    await actor.idle();
    return { actor, effect: nothing, check: () => {} };
  }

  async #rouse(actor: Actor): Promise<Doing> {
    const before = this.#news(actor);
    const said = await actor.rouse();
    // What changed more than once meanwhile may have been told more than once.
    return { actor, effect: nothing, check: () => this.#checkNews(actor, said, before, quiet('IDLE'), Number.POSITIVE_INFINITY) };
  }

  async #select(actor: Actor, verb: 'SELECT' | 'EXAMINE', box: number, everyNth: number): Promise<Doing> {
    const said = await actor.select(verb, box, this.#scene.names[box] ?? '', everyNth);
    this.#views.delete(actor);
    const check = (): void => {
      for (const wanted of [
        `* ${this.#reference.box(box).size} EXISTS`,
        `* OK [UIDNEXT ${this.#reference.uidNext(box)}]`,
        `* OK [HIGHESTMODSEQ ${this.#reference.highest(box)}]`,
      ])
        assert.ok(
          said.lines.some((line) => line.startsWith(wanted)),
          actor.failure(`was not told ${wanted}`),
        );
    };
    return { actor, effect: nothing, check };
  }

  async #leave(actor: Actor, verb: 'CLOSE' | 'UNSELECT'): Promise<Doing> {
    const { box, readOnly } = actor.selected ?? { box: 0, readOnly: true };
    await actor.ask(verb);
    actor.leave();
    this.#views.delete(actor);
    const removes = verb === 'CLOSE' && !readOnly;
    return { actor, effect: (boxes) => removes && removeDeleted(boxes[box] ?? new Map()), check: () => {} };
  }

  /** The connection is lost, now and then within a command that may have been done or not. */
  async #vanish(actor: Actor, deed: Deed): Promise<Doing> {
    const order = orderOf({ ...deed, what: deed.silent ? 'EXPUNGE' : 'STORE' }, this.#standing(actor));
    const isWithin = deed.more > 2;
    actor.vanish(isWithin ? order.command : undefined);
    this.#views.delete(actor);
    return { actor, effect: isWithin ? order.effect(undefined) : nothing, isOpen: true, check: () => {} };
  }

  #standing(actor: Actor): Standing {
    const { box, readOnly } = actor.selected ?? { box: 0, readOnly: true };
    return {
      actor,
      box,
      readOnly,
      view: this.#views.get(actor) ?? [],
      reference: this.#reference,
      names: this.#scene.names,
      subject: () => this.#subject(),
    };
  }

  /** Messages whose flags others have changed since the client was told of them. */
  #news(actor: Actor): ReadonlySet<number> {
    const box = this.#reference.box(actor.selected?.box ?? 0);
    const news = (this.#views.get(actor) ?? []).filter((uid) => (box.get(uid)?.modseq ?? 0n) > actor.toldUpTo);
    return new Set(news);
  }

  /** All that happened is told, once. The view goes on to what the client counts from now on. */
  #checkNews(actor: Actor, said: Said, news: ReadonlySet<number>, order: Pick<Order, 'told' | 'keepsNumbers'>, again = 1): void {
    if (actor.selected === undefined) return;
    const { box } = actor.selected;
    const view = this.#views.get(actor) ?? [];
    const now = this.#reference.uids(box);
    for (const uid of view) {
      const isThere = this.#reference.box(box).has(uid);
      const [least, most] = order.told(uid);
      const range = isThere ? [Math.max(least, news.has(uid) ? 1 : 0), most + (news.has(uid) ? again : 0)] : [0, 0];
      const times = said.flagsTold.get(uid) ?? 0;
      if (again === 1 || isThere) assert.ok(times >= (range[0] ?? 0) && times <= (range[1] ?? 0), actor.failure(`was told ${times} times of the flags of UID ${uid}, and it had to be ${range.join(' to ')}`)); // biome-ignore format: one line of a report
      const modseq = said.modseqs.get(uid);
      if (isThere && modseq !== undefined) assert.equal(modseq, this.#reference.box(box).get(uid)?.modseq, actor.failure(`was told the MODSEQ of UID ${uid}`)); // biome-ignore format: one thought
    }
    this.#views.set(actor, order.keepsNumbers ? [...new Set([...view, ...now])] : now);
  }

  /** No message is lost, doubled or another: their subjects say so. */
  async #compareTexts(): Promise<void> {
    const reader = this.#actor(0);
    if (!reader.isConnected) await reader.connect();
    for (const [box] of this.#scene.names.entries()) {
      await this.#alone(reader, () => this.#select(reader, 'EXAMINE', box, 0));
      const said = await reader.ask('UID FETCH 1:* ENVELOPE');
      const told = said.lines.flatMap((line) => {
        const [, uid, subject] = /UID (\d+) ENVELOPE \(NIL "([^"]*)"/.exec(line) ?? [];
        return uid === undefined ? [] : [[Number(uid), subject]];
      });
      assert.deepEqual(told, this.#reference.uids(box).map((uid) => [uid, this.#reference.box(box).get(uid)?.subject]), `mailbox ${box}`); // biome-ignore format: one thought
    }
  }

  #subject(): string {
    return `no-${++this.#appended}`;
  }

  #actor(who: number): Actor {
    return this.#scene.actors[who] as Actor;
  }

  async #look(): Promise<readonly Observed[]> {
    return Promise.all(this.#scene.ids.map((id) => this.#scene.store.snapshot(id)));
  }
}

const quiet = (command: string): Order => ({ command, effect: () => nothing, told: () => [0, 0], keepsNumbers: false });
