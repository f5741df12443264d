import { casemap } from '../../message/casemap.ts';
import type { MailboxId } from '../../values/ids.ts';
import type { NumberSet } from '../../values/number-set.ts';
import type { SearchKey, SearchLeaf } from '../../values/search-key.ts';
import type { MailboxStore } from '../mailbox-store.ts';
import { canBeRuledOut, mostNeedles, type TextIndex } from './text-index.ts';
import { fieldNeedle } from './text-match.ts';

export interface Narrowing {
  readonly mailbox: MailboxId;
  readonly mailboxes: Pick<MailboxStore, 'envelopesWith'>;
  readonly textIndex?: TextIndex | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Before anything is read of the messages: which of them can match at all, by what can be told of many at once.
 * @param criteria settled, see settleSets. @returns what is left of `uids`; numbers without a message may be in it
 */
export async function uidsWorthLooking(criteria: SearchKey, uids: NumberSet, narrowing: Narrowing): Promise<NumberSet> {
  if (uids.length === 0) return uids; // and an index need not know the mailbox: one that is empty on purpose, say
  const { mailbox, mailboxes, textIndex, signal } = narrowing;
  const anywhere = textIndex?.messagesWith && textsNeeded(criteria, anywhereIn);
  const left = anywhere === undefined ? uids : await textIndex?.messagesWith?.(mailbox, uids, anywhere, signal);
  const inEnvelope = mailboxes.envelopesWith && textsNeeded(criteria, inEnvelopeOf);
  if (left === undefined || left.length === 0 || inEnvelope === undefined) return left ?? uids;
  return (await mailboxes.envelopesWith?.(mailbox, left, inEnvelope, signal)) ?? left;
}

type TextLeaf = Extract<SearchLeaf, { readonly text: string }>;

/** What a key looks for, as it is compared; undefined where the key can't be told so. */
type FormOf = (leaf: TextLeaf) => string | undefined;

function anywhereIn({ text }: TextLeaf): string | undefined {
  const needle = casemap(text);
  return canBeRuledOut(needle) ? needle : undefined;
}

/** Those that the record answers: see evaluate. */
function inEnvelopeOf(leaf: TextLeaf): string | undefined {
  if (leaf.text === '' || !leaf.text.isWellFormed() || leaf.key === 'BODY' || leaf.key === 'TEXT') return undefined;
  if (leaf.key === 'HEADER' && !envelopeFields.has(leaf.field.toLowerCase())) return undefined;
  return fieldNeedle(leaf.text);
}

const envelopeFields: ReadonlySet<string> = new Set(['subject', 'message-id', 'in-reply-to']);

/** @returns texts of which every message that matches has at least one, in the form of casemap; undefined when it need not have any */
function textsNeeded(key: SearchKey, formOf: FormOf): readonly string[] | undefined {
  switch (key.key) {
    case 'NOT':
      return undefined;
    case 'AND':
      return key.of.map((one) => textsNeeded(one, formOf)).reduce(better, undefined);
    case 'OR': {
      const all = key.of.map((one) => textsNeeded(one, formOf));
      const texts = new Set(all.flatMap((some) => some ?? []));
      return all.includes(undefined) || texts.size > mostNeedles ? undefined : [...texts];
    }
    default: {
      const needle = 'text' in key ? formOf(key) : undefined;
      return needle === undefined ? undefined : [needle];
    }
  }
}

/** Of two conditions the one that is likely to leave less: fewer texts, longer ones. */
function better(one: readonly string[] | undefined, other: readonly string[] | undefined): readonly string[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.length !== other.length) return one.length < other.length ? one : other;
  return shortest(one) >= shortest(other) ? one : other;
}

const shortest = (texts: readonly string[]): number => Math.min(...texts.map(({ length }) => length));
