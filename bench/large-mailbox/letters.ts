/** Letters as a mailbox of years holds them, the same in every run: 1 KB of header, text of 0.3 to 6 KB out of 6,000 words, some in other scripts. */
const syllables = 'ba con der el fi gra hu in jo ka lem mo nu or pri qua res sta ti un ver wo xa yl zen ch ei ou ng th'.split(' ');

/** Numerical Recipes' generator: quick, and the same everywhere. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const words: readonly string[] = (() => {
  const next = numbers(7);
  const one = (): string => syllables[Math.floor(next() * syllables.length)] ?? '';
  const known = Array.from({ length: 6_000 }, (_, i) => one() + one() + (i % 3 === 0 ? one() : '') + (i % 7 === 0 ? one() : ''));
  return [...known, 'größer', 'façade', 'привет', '会議', 'Ελλάδα'];
})();

/** Frequent words are frequent, as in any language. */
const word = (next: () => number): string => words[Math.floor(next() ** 3 * words.length)] ?? '';
const text = (next: () => number, count: number): string => Array.from({ length: count }, () => word(next)).join(' ');

/** Stands in the text of one letter of a thousand. */
export const rareWord = 'kaleidoscope';
/** Stands in no letter. */
export const absentWord = 'hippopotamus';

export function letter(i: number): Buffer {
  const next = numbers(i + 1);
  const [from, to] = [word(next), word(next)];
  const time = new Date(1_600_000_000_000 + i * 1_500_000).toUTCString().replace('GMT', '+0000');
  const lines = Array.from({ length: 3 + Math.floor(next() ** 2 * 90) }, () => text(next, 9));
  if (i % 1_000 === 500) lines.push(`and then a ${rareWord} of it`);
  const hop = (n: number): string =>
    `Received: from ${word(next)}.example.net ([192.0.2.${n}]) by mx${n}.example.org with ESMTPS id ${i.toString(36)}${n};\r\n ${time}`;
  return Buffer.from(
    [
      hop(1),
      hop(2),
      `From: "${from} ${word(next)}" <${from}@news.example.net>`,
      `To: Some Account <alice@example.test>, ${to} <${to}@example.org>`,
      `Subject: ${i % 3 === 0 ? 'Re: ' : ''}${text(next, 6)}`,
      `Date: ${time}`,
      `Message-ID: <${i}.${from}@news.example.net>`,
      ...(i % 3 === 0
        ? [`In-Reply-To: <${i - 3}.${to}@example.org>`, `References: <${i - 6}.x@example.org> <${i - 3}.${to}@example.org>`]
        : []),
      `List-Id: <${word(next)}.lists.example.net>`,
      `X-Mailer: Mailer ${i % 17}.${i % 5}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      ...lines,
      '',
    ].join('\r\n'),
  );
}
