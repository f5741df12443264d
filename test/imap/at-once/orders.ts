import assert from 'node:assert/strict';
import { message } from '../open-imap.ts';
import type { Actor, Said } from './actor.ts';
import { eachOf } from './actor.ts';
import type { Deed } from './deeds.ts';
import { type Box, type Effect, inOrder, type Reference } from './reference.ts';

/** How often a message's flags may be told: at least, at most. */
type Times = readonly [least: number, most: number];

/** What a client is about to say in a selected mailbox, and what has to come of it. */
export interface Order {
  readonly command: string;
  /** A message that comes with it. */
  readonly octets?: string;
  /** @param said undefined when the answer was never seen. @returns what it did, as far as it depends on what was answered */
  effect(said: Said | undefined): Effect;
  /** When nobody does anything meanwhile: how often each message's flags are told besides as news. */
  told(uid: number): Times;
  /** What the client takes for granted without being told. */
  believe?(said: Said): void;
  /** When nobody does anything meanwhile: what the answer has to be. */
  check?(said: Said): void;
  /** News of the kind that take numbers away may not come with it. */
  readonly keepsNumbers: boolean;
}

const never: Times = [0, 0];
const once: Times = [1, 1];
const nothing: Effect = () => {};

/** A client's mailbox as it is before the command. */
export interface Standing {
  readonly actor: Actor;
  readonly box: number;
  readonly readOnly: boolean;
  /** UIDs by number as the client counts them, with those that are gone and that it was not told of. */
  readonly view: readonly number[];
  readonly reference: Reference;
  readonly names: readonly string[];
  /** One that no message had before. */
  subject(): string;
}

interface Targets {
  readonly set: string;
  readonly uid: string;
  readonly uids: readonly number[];
}

/** The messages a deed is about, by number or by UID. @returns undefined when the client has none */
function targets({ from, more, byUid }: Deed, { view }: Standing): Targets | undefined {
  if (view.length === 0) return undefined;
  const first = from % view.length;
  const uids = view.slice(first, first + 1 + more);
  const last = first + uids.length;
  return byUid ? { set: `${uids[0]}:${uids.at(-1)}`, uid: 'UID ', uids } : { set: `${first + 1}:${last}`, uid: '', uids };
}

export function orderOf(given: Deed, standing: Standing): Order {
  const deed = standing.actor.isUidOnly ? { ...given, byUid: true } : given;
  const found = targets(deed, standing);
  if (deed.what === 'EXPUNGE') return expunge(undefined, standing);
  if (found === undefined) return plain('NOOP');
  switch (deed.what) {
    case 'STORE':
      return store(deed, found, undefined, standing);
    case 'CONDITIONAL':
      return standing.actor.speaks === 'plain' ? plain('NOOP') : store(deed, found, sinceOf(deed, standing), standing);
    case 'UID EXPUNGE':
      return expunge(found, standing);
    case 'COPY':
    case 'MOVE':
      return copy(deed.what, deed.box, found, standing);
    case 'REPLACE':
      return replace(deed, found, standing);
    case 'FETCH':
      return fetch(found, standing);
    case 'BODY':
      return body(found, standing);
    case 'CHANGEDSINCE':
      return standing.actor.isQresync ? changedSince(standing) : fetch(found, standing);
    case 'SEARCH':
      return search(deed, standing);
    default:
      return plain('NOOP');
  }
}

const plain = (command: string): Order => ({ command, effect: () => nothing, told: () => never, keepsNumbers: false });

/** By number nothing may shift. */
const numbered = (uid: string): boolean => uid === '';

const sinceOf = ({ more }: Deed, { actor }: Standing): bigint => (actor.toldUpTo > BigInt(more) ? actor.toldUpTo - BigInt(more) : 1n);

function changed(flags: string, { how, flags: given }: Deed): string {
  const [had, named] = [flags.split(' '), given.split(' ')];
  if (how === 'replace') return inOrder(named);
  return inOrder(how === 'add' ? [...new Set([...had, ...named])] : had.filter((flag) => !named.includes(flag)));
}

function setFlags(box: Box, uid: number, to: (flags: string) => string): void {
  const message = box.get(uid);
  if (message === undefined || to(message.flags) === message.flags) return;
  box.set(uid, { ...message, flags: to(message.flags), modseq: undefined });
}

function store(
  deed: Deed,
  { set, uid, uids }: Targets,
  since: bigint | undefined,
  { actor, box, readOnly, view, reference }: Standing,
): Order {
  // biome-ignore format: one thought
  const sign = { add: '+', remove: '-', replace: '' }[deed.how];
  const condition = since === undefined ? '' : `(UNCHANGEDSINCE ${since}) `;
  const refused = new Set(uids.filter((one) => since !== undefined && (reference.box(box).get(one)?.modseq ?? 0n) > since));
  const before = new Map(actor.flags);
  return {
    command: `${uid}STORE ${set} ${condition}${sign}FLAGS${deed.silent ? '.SILENT' : ''} (${deed.flags})`,
    effect: (said) => (boxes) => {
      if (readOnly) return;
      const spared = new Set(modifiedIn(said, uid, view));
      for (const one of uids) if (!spared.has(one)) setFlags(boxes[box] as Box, one, (flags) => changed(flags, deed));
    },
    told: (one) => (!readOnly && !deed.silent && uids.includes(one) && !refused.has(one) ? once : never),
    check: (said) => {
      assert.equal(said.reply.startsWith('NO [READ-ONLY]'), readOnly);
      if (readOnly) return;
      assert.deepEqual(modifiedIn(said, uid, view), [...refused], actor.failure(`was told other messages than ${[...refused]} are modified`)); // biome-ignore format: one thought
    },
    believe: (said) => {
      if (!deed.silent || readOnly) return;
      const spared = new Set(modifiedIn(said, uid, view));
      for (const one of uids) {
        const flags = actor.flags.has(one) ? before.get(one) : undefined;
        if (flags !== undefined && !spared.has(one) && !said.flagsTold.has(one)) actor.flags.set(one, changed(flags, deed));
      }
    },
    keepsNumbers: numbered(uid),
  };
}

function modifiedIn(said: Said | undefined, uid: string, view: readonly number[]): readonly number[] {
  const set = /\[MODIFIED ([\d:,]+)\]/.exec(said?.reply ?? '')?.[1];
  return set === undefined ? [] : eachOf(set).map((n) => (uid === '' ? (view[n - 1] ?? 0) : n));
}

const expunge = (found: Targets | undefined, { box, readOnly }: Standing): Order => ({
  command: found === undefined ? 'EXPUNGE' : `UID EXPUNGE ${found.uids[0]}:${found.uids.at(-1)}`,
  effect: () => (boxes) => {
    if (!readOnly) removeDeleted(boxes[box] as Box, found?.uids);
  },
  told: () => never,
  keepsNumbers: false,
});

export function removeDeleted(box: Box, only?: readonly number[]): void {
  for (const [uid, { flags }] of [...box]) if (flags.includes('\\Deleted') && only?.includes(uid) !== false) box.delete(uid);
}

function copy(verb: 'COPY' | 'MOVE', to: number, { set, uid, uids }: Targets, { actor, box, readOnly, reference, names }: Standing): Order {
  const there = readOnly && verb === 'MOVE' ? [] : uids.filter((one) => reference.box(box).has(one));
  return {
    command: `${uid}${verb} ${set} ${names[to]}`,
    effect: (said) => (boxes, before) => {
      const [from, into] = [boxes[box] as Box, boxes[to] as Box];
      for (const [source, target] of copiedIn(said)) {
        // In an order in which others took it away before, it was copied all the same.
        const message = from.get(source) ?? before[box]?.get(source);
        assert.ok(message, `UID ${source} was copied, and was not there`);
        into.set(target, { ...message, modseq: undefined });
        if (verb === 'MOVE') from.delete(source);
      }
    },
    told: () => never,
    check: (said) => {
      assert.deepEqual(copiedIn(said).map(([source]) => source), there, actor.failure(`was told of other messages than ${there}`)); // biome-ignore format: one thought
    },
    keepsNumbers: false,
  };
}

function replace(deed: Deed, { uid, uids }: Targets, { actor, box, readOnly, view, reference, names, subject }: Standing): Order {
  const [source = 0] = uids;
  const isThere = !readOnly && reference.box(box).has(source);
  const text = subject();
  const taken = (said: Said | undefined): number => Number(/\[APPENDUID \d+ (\d+)\]/.exec(said?.lines.join('\n') ?? '')?.[1] ?? 0);
  return {
    command: `${uid}REPLACE ${uid === '' ? view.indexOf(source) + 1 : source} ${names[deed.box]} (${deed.flags})`,
    octets: message(text),
    effect: (said) => (boxes) => {
      if (taken(said) === 0) return;
      boxes[box]?.delete(source);
      boxes[deed.box]?.set(taken(said), { flags: inOrder(deed.flags.split(' ')), modseq: undefined, subject: text });
    },
    told: () => never,
    check: (said) =>
      assert.equal(taken(said) > 0, isThere, actor.failure(`replaced UID ${source}, and it was ${isThere ? '' : 'not '}there`)),
    keepsNumbers: false,
  };
}

function copiedIn(said: Said | undefined): readonly (readonly [number, number])[] {
  const [, from, to] = /\[COPYUID \d+ ([\d:,]+) ([\d:,]+)\]/.exec(said?.lines.join('\n') ?? '') ?? [];
  if (from === undefined || to === undefined) return [];
  const targets = eachOf(to);
  return eachOf(from).map((source, i) => [source, targets[i] ?? 0]);
}

const fetch = ({ set, uid, uids }: Targets, { actor }: Standing): Order => ({
  command: `${uid}FETCH ${set} (UID FLAGS${actor.speaks === 'plain' ? '' : ' MODSEQ'})`,
  effect: () => nothing,
  told: (one) => (uids.includes(one) ? once : never),
  keepsNumbers: numbered(uid),
});

function body({ set, uid, uids }: Targets, { box, readOnly, reference }: Standing): Order {
  const unseen = new Set(uids.filter((one) => reference.box(box).get(one)?.flags.includes('\\Seen') === false));
  return {
    command: `${uid}FETCH ${set} BODY[TEXT]`,
    effect: () => (boxes) => {
      if (readOnly) return;
      for (const one of uids) setFlags(boxes[box] as Box, one, (flags) => inOrder([...new Set([...flags.split(' '), '\\Seen'])]));
    },
    told: (one) => (!readOnly && unseen.has(one) ? once : never),
    keepsNumbers: numbered(uid),
  };
}

function changedSince({ actor, box, view, reference }: Standing): Order {
  const since = actor.modseq;
  return {
    command: `UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${since} VANISHED)`,
    effect: () => nothing,
    told: (one) => (view.includes(one) && (reference.box(box).get(one)?.modseq ?? 0n) > since ? once : never),
    keepsNumbers: false,
  };
}

function search({ flags, byUid }: Deed, { actor, box, view, reference }: Standing): Order {
  const flag = flags.split(' ').at(-1) ?? '';
  const key = flag.startsWith('\\') ? flag.slice(1).toUpperCase() : `KEYWORD ${flag}`;
  return {
    command: `${byUid ? 'UID ' : ''}SEARCH ${key}`,
    effect: () => nothing,
    told: () => never,
    check: (said) => {
      const line = said.lines.find((one) => one.startsWith('* SEARCH')) ?? '';
      const found = line.split(' ').slice(2).map(Number);
      const matching = view.flatMap((uid, i) =>
        reference.box(box).get(uid)?.flags.split(' ').includes(flag) ? [byUid ? uid : i + 1] : [],
      );
      assert.deepEqual(found, matching, actor.failure(`found other messages than ${matching}`));
    },
    keepsNumbers: !byUid,
  };
}
