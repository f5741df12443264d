import { decodeHeaderText } from '../../message/decoded-text.ts';

/** Octets of a Subject that are looked at. */
const mostOctets = 4_096;

export interface BaseSubject {
  /** Unicode, with the letters as they are. */
  readonly text: string;
  /** Something was taken away that says that it answers or forwards another message. */
  readonly isReply: boolean;
}

/** `[list] [tag] Re [2]:`, of subj-leader; and one subj-blob. */
const leader = /(?:\[[^[\]\0]*\] *)*(?:re|fwd?) *(?:\[[^[\]\0]*\] *)?:| /iy;
const blob = /\[[^[\]\0]*\] */y;
const trailer = '(fwd)';

/** What a Subject is about (RFC 5256 section 2.1). Its steps are named as there. @param raw as in an envelope */
export function baseSubject(raw: string | undefined): BaseSubject {
  // (1)
  let text = decodeHeaderText((raw ?? '').slice(0, mostOctets)).replace(/[\t\r\n ]+/g, ' ');
  let isReply = false;
  for (;;) {
    const ended = withoutTrailers(text); // (2)
    const begun = withoutLeaders(ended.text); // (3)
    text = withoutBlobs(begun.text); // (4), (5)
    isReply ||= ended.isReply || begun.isReply;
    // (6)
    if (!/^\[fwd:/i.test(text) || !text.endsWith(']')) return { text, isReply };
    text = text.slice('[fwd:'.length, -1);
    isReply = true;
  }
}

function withoutTrailers(text: string): BaseSubject {
  let end = text.length;
  let isReply = false;
  for (;;) {
    if (text[end - 1] === ' ') end -= 1;
    else if (text.slice(Math.max(0, end - trailer.length), end).toLowerCase() === trailer) {
      end -= trailer.length;
      isReply = true;
    } else return { text: text.slice(0, end), isReply };
  }
}

function withoutLeaders(text: string): BaseSubject {
  let start = 0;
  let isReply = false;
  for (;;) {
    leader.lastIndex = start;
    const found = leader.exec(text)?.[0];
    if (found === undefined) return { text: text.slice(start), isReply };
    start += found.length;
    isReply ||= found !== ' ';
  }
}

/** The last one stays when nothing would be left. A leader behind them would have been found with them in front of it: no need to look again. */
function withoutBlobs(text: string): string {
  let start = 0;
  for (;;) {
    blob.lastIndex = start;
    if (!blob.test(text) || blob.lastIndex === text.length) return text.slice(start);
    start = blob.lastIndex;
  }
}
