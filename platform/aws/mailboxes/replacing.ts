import type { Appended, NewMessage } from '../../../core/mailbox/mailbox-store.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Uid } from '../../../core/values/uid.ts';
import { type AppendDeps, isRefusal, mostTries, placeable } from './append-messages.ts';
import { appendChange, type MessageToPlace } from './appending.ts';
import { blocksOf, readBlocks } from './block-reading.ts';
import type { BodyTaking } from './body-taking.ts';
import { commit } from './commit.ts';
import { firstBlock } from './copying.ts';
import { Draft } from './draft.ts';
import { type ExpungedSlice, noteExpunge } from './expunging.ts';
import { blockOf } from './flag-block.ts';
import type { Change } from './group-commit.ts';
import { Overtaken } from './overtaken.ts';

export interface Replaced {
  readonly appended: Appended;
  /** What was taken out. */
  readonly slice: ExpungedSlice;
}

interface Replacing {
  readonly from: MailboxId;
  readonly uid: Uid;
  readonly to: MailboxId;
  readonly message: MessageToPlace;
}

/** One transaction appends a message and expunges another. @returns undefined, nothing written, when that one is gone already */
export async function replace(
  deps: AppendDeps,
  { from, uid, to }: Omit<Replacing, 'message'>,
  message: NewMessage,
): Promise<Replaced | undefined> {
  for (let left = mostTries; ; left -= 1) {
    const taking = deps.taken();
    try {
      const replacing = { from, uid, to, message: placeable({ ...message, body: await taking.own(message.body) }, deps) };
      const replaced = await (from === to ? withinOne(deps, replacing, taking) : betweenTwo(deps, replacing, taking));
      if (replaced !== undefined) taking.has(replacing.message.body.body, replacing.message.owner);
      await (replaced === undefined ? taking.undone() : taking.done()).catch(() => {}); // the purge does it
      return replaced;
    } catch (error) {
      // Of any other fault it is not sure that nothing was appended, or will be.
      if (isRefusal(error)) await taking.undone().catch(() => {});
      if (!(error instanceof Overtaken) || left === 0) throw error;
    }
  }
}

async function withinOne(deps: AppendDeps, { to, uid, message }: Replacing, taking: BodyTaking): Promise<Replaced | undefined> {
  const { clock } = deps;
  const owned = new StandingOwner(taking);
  const adding = appendChange(to, [message], clock.now(), owned.lost);
  const change: Change<Replaced | undefined> = {
    ...adding,
    along: adding.along + 2, // the note, and what was expunged
    blocks: (row) => [...new Set([blockOf(uid), ...adding.blocks(row)])].sort((a, b) => a - b),
    apply(draft, keyMet) {
      owned.check();
      return swapped(draft, draft, adding, { from: to, uid }, clock.now(), keyMet);
    },
  };
  return await deps.groups.submit(to, change);
}

/** As a MOVE between them. */
async function betweenTwo(deps: AppendDeps, replacing: Replacing, taking: BodyTaking): Promise<Replaced | undefined> {
  const { from, uid, to, message } = replacing;
  const { table, turns, clock } = deps;
  const owned = new StandingOwner(taking);
  const adding = appendChange(to, [message], clock.now(), owned.lost);
  return await turns.alone([from, to], () =>
    commit(deps, [from, to], async ([source, target]) => {
      if (source === undefined || target === undefined) throw new Error('a mailbox without a row');
      if (target.hold !== undefined && target.hold.until > clock.now()) return 'wait';
      owned.check();
      const left = new Draft(source, await readBlocks(table, source, blocksOf(source, [{ from: uid, to: uid }])));
      const grown = new Draft(target, await firstBlock(table, target));
      return { drafts: [left, grown], answer: swapped(left, grown, adding, replacing, clock.now(), () => {}) };
    }),
  );
}

/** @returns undefined, the drafts unchanged, when the old message is gone */
function swapped(
  left: Draft,
  grown: Draft,
  adding: Change<readonly Appended[]>,
  { from, uid }: Pick<Replacing, 'from' | 'uid'>,
  now: number,
  keyMet: () => void,
): Replaced | undefined {
  const old = left.entry(uid);
  if (old === undefined) return undefined;
  const [appended] = adding.apply(grown, keyMet);
  if (appended === undefined) throw new Error('nothing was appended');
  const gone = left.expunge([old]);
  noteExpunge(left, from, gone, now);
  return { appended, slice: { gone, modseq: left.modseq() } };
}

/** The message by which a body that others have is found may go meanwhile. */
class StandingOwner {
  readonly #taking: BodyTaking;
  #isLost = false;
  readonly lost = (): void => {
    this.#isLost = true;
  };

  constructor(taking: BodyTaking) {
    this.#taking = taking;
  }

  /** @throws Overtaken */
  check(): void {
    if (this.#isLost || !this.#taking.mayAdd) throw new Overtaken('a body has no owner any more');
  }
}
