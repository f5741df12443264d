/** Controls of a terminal, and marks that turn text round, shown instead of obeyed: much of what is listed comes from strangers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const unprintable = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
export const visible = (text: string): string =>
  text.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Rows with their columns aligned; the last column is as long as it is. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, [...visible(cell)].length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => pad(visible(cell), i === row.length - 1 ? 0 : (widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param whenEmpty the sentence that stands for no rows */
export function table(head: readonly string[], rows: readonly (readonly string[])[], whenEmpty: string): string {
  return rows.length === 0 ? whenEmpty : columns([head.map((title) => title.toUpperCase()), ...rows]);
}

/** Columns within a width: the last one is cut to what is left of it, but never under `least`. */
export function fitted(rows: readonly (readonly string[])[], width: number, least: number): readonly (readonly string[])[] {
  const others = columns(rows.map((row) => row.slice(0, -1)));
  const left = width - Math.max(...others.split('\n').map((line) => [...line].length)) - 2;
  return rows.map((row) => [...row.slice(0, -1), shortened(row.at(-1) ?? '', Math.max(least, left))]);
}

/** @param most characters, of which the last is `…` when something was cut off */
export function shortened(text: string, most: number): string {
  const characters = [...visible(text)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - [...text].length));
