import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { baseSubject } from '../../core/mailbox/sort/base-subject.ts';

const table: readonly (readonly [raw: string, text: string, isReply: boolean])[] = [
  ['plums', 'plums', false],
  ['', '', false],
  ['  two \t words ', 'two words', false],
  ['Re: plums', 'plums', true],
  ['RE : plums', 'plums', true],
  ['re:re: Fw: fwd:plums', 'plums', true],
  ['Fwd: plums', 'plums', true],
  ['Re[2]: plums', 'plums', true],
  ['Re [2] : plums', 'plums', true],
  ['[list] Re: plums', 'plums', true],
  ['[list][tag] Re: [list] plums', 'plums', true],
  ['[list] plums', 'plums', false],
  ['[list]', '[list]', false],
  ['[list] [tag]', '[tag]', false],
  ['Re: [list]', '[list]', true],
  ['[list] Re:', '', true],
  ['Re:', '', true],
  ['plums (fwd)', 'plums', true],
  ['plums(FWD) (fwd) ', 'plums', true],
  ['(fwd)', '', true],
  ['[fwd: plums]', 'plums', true],
  ['[Fwd: Re: [list] plums (fwd)]', 'plums', true],
  ['[fwd: [fwd: [fwd: plums]]]', 'plums', true],
  ['[fwd:]', '', true],
  ['[fwd:] plums', 'plums', false],
  ['[fwd: a] [fwd: b]', 'b', true],
  ['[fwd: plums', '[fwd: plums', false],
  ['Reply: plums', 'Reply: plums', false],
  ['Ref: plums', 'Ref: plums', false],
  ['plums Re: apples', 'plums Re: apples', false],
  ['AW: plums', 'AW: plums', false],
  ['[a[b] plums', '[a[b] plums', false],
  ['Re: (fwd) plums', '(fwd) plums', true],
  ['=?utf-8?q?Re=3A_=C3=A4pfel?=', 'äpfel', true],
  ['Re: =?utf-8?b?w6RwZmVs?=\r\n =?utf-8?q?_(fwd)?=', 'äpfel', true],
];

describe('the base subject', () => {
  for (const [raw, text, isReply] of table)
    it(`of ${JSON.stringify(raw)} is ${JSON.stringify(text)}`, () => assert.deepEqual(baseSubject(raw), { text, isReply }));

  it('of a message without one is empty', () => assert.deepEqual(baseSubject(undefined), { text: '', isReply: false }));

  /** The steps of RFC 5256 section 2.1 one at a time, each looked for anew after each that was taken. */
  function stepByStep(raw: string): { text: string; isReply: boolean } {
    let text = raw.replace(/[\t ]+/g, ' ');
    let isReply = false;
    const take = (pattern: RegExp, says: boolean): boolean => {
      const rest = text.replace(pattern, '');
      if (rest === text) return false;
      text = rest;
      isReply ||= says;
      return true;
    };
    for (;;) {
      while (take(/ $/, false) || take(/\(fwd\)$/i, true));
      for (let more = true; more; ) {
        more = take(/^ /, false) || take(/^(\[[^[\]]*\] *)*(re|fwd?) *(\[[^[\]]*\] *)?:/i, true);
        if (!more) more = take(/^\[[^[\]]*\] *(?=[^ ])/, false);
      }
      if (!take(/^\[fwd:(?=.*\]$)/i, true)) return { text, isReply };
      text = text.slice(0, -1);
    }
  }

  it('is what the steps of the RFC leave, taken one at a time', () => {
    const piece = fc.constantFrom('re', 'Re:', 'fw', 'FWD: ', '[a] ', '[', ']', '[fwd:', '(fwd)', ':', ' ', 'x', '(', 'fwd');
    const subject = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(subject, (raw) => assert.deepEqual(baseSubject(raw), stepByStep(raw))),
      { numRuns: 3_000 },
    );
  });

  it('of four thousand brackets, leaders or trailers is found in a moment', () => {
    const started = performance.now();
    for (const piece of ['[', ']', '[a]', 're:', '(fwd)', '[fwd:', '[fwd:]', ' ', '[a]re', 're [', '[fwd: x]'])
      for (let i = 0; i < 20; i++) baseSubject(piece.repeat(60_000 / piece.length));
    assert.ok(performance.now() - started < 10_000); // some 200 of 64 KB: quadratic work would take minutes
  });
});
