import type { MailboxId } from '../../values/ids.ts';
import type { NumberSet } from '../../values/number-set.ts';
import type { Uid } from '../../values/uid.ts';
import type { Piece } from './searched-texts.ts';

/**
 * What is known of messages' texts without reading them. It only rules out: a message it says nothing about is read.
 *
 * Promise: a message that is ruled out for a needle has it in none of the texts that a search key compares (searchedTexts, and the prefix it
 * was delivered with). It may be behind; then it says nothing of what is new.
 */
export interface TextIndex {
  /**
   * @param uids messages that are asked about
   * @param needles in the form of casemap, each of `shortestNeedle` at least
   * @param signal ends the asking: what it throws then is the signal's reason
   * @returns for each needle, in the order given, UIDs that can't have it; some of them may have no message
   */
  ruledOut(mailbox: MailboxId, uids: NumberSet, needles: readonly string[], signal?: AbortSignal): Promise<readonly NumberSet[]>;

  /**
   * The other way round, and sooner done: it need not name all that have nothing of it.
   * @returns those of `uids` that may have one of the needles; numbers without a message may be in it
   * @default - only `ruledOut` is there to be asked
   */
  readonly messagesWith?: (mailbox: MailboxId, uids: NumberSet, needles: readonly string[], signal?: AbortSignal) => Promise<NumberSet>;

  /** What one search reads is learnt, for those that come later. @default - the index is filled in another way */
  readonly learn?: (mailbox: MailboxId) => Lesson;
}

/** For an index that learns from searches: what a search reads, as it reads it. */
export interface Lesson {
  /** A message that is being read, prefix and all: every text of it that a search key compares. */
  message(uid: Uid): TextsOfMessage;
  /** Nothing more comes. Keeps what is worth it; never throws, as the search has its answer. */
  end(): Promise<void>;
}

export interface TextsOfMessage {
  add(piece: Piece): void;
  /** That was all of it. Until this is called, nothing is known of the message. */
  whole(): void;
}

/** @returns the index while `isOn`, and one that knows nothing otherwise */
export function indexWhile(isOn: () => boolean, index: TextIndex): TextIndex {
  const { learn } = index;
  const messagesWith = index.messagesWith?.bind(index);
  return {
    ...(messagesWith && {
      messagesWith: async (mailbox, uids, needles, signal) => (isOn() ? await messagesWith(mailbox, uids, needles, signal) : uids),
    }),
    ruledOut: async (mailbox, uids, needles, signal) =>
      isOn() ? await index.ruledOut(mailbox, uids, needles, signal) : needles.map(() => []),
    ...(learn === undefined ? {} : { learn: (mailbox) => (isOn() ? learn(mailbox) : noLesson) }),
  };
}

const noLesson: Lesson = { message: () => ({ add: () => {}, whole: () => {} }), end: async () => {} };

/** Three letters in a row are what an index is made of, so that it knows nothing of shorter texts. In UTF-16 units. */
export const shortestNeedle = 3;

/** Needles of one search that an index is asked about. */
export const mostNeedles = 16;

/** A header of more octets is not indexed: it is decoded in other ways alone than with a prefix. Nobody writes them. */
export const longestIndexedHeader = 131_072;

/** Characters of one message that are indexed; a message with more is always read. */
export const mostIndexedText = 262_144;

/**
 * One that asks for a line break may stand across texts; a tab counts as a space in headers, not in bodies; characters that are none can't be
 * told in UTF-8.
 */
export const canBeRuledOut = (needle: string): boolean =>
  needle.length >= shortestNeedle && !/[\0\t\r\n]/.test(needle) && needle.isWellFormed();
