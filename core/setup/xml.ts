/** An element with text or further elements; attributes keep their order. */
export interface XmlElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly content: string | readonly XmlElement[];
}

export const element = (name: string, content: XmlElement['content'], attributes: Readonly<Record<string, string>> = {}): XmlElement => ({
  name,
  attributes,
  content,
});

/** What XML 1.0 can't hold, not even escaped (section 2.2); and lone surrogates, which UTF-8 has no octets for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const impossible = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;
const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** @returns the text as it may stand between tags and between quotes */
export const escaped = (text: string): string =>
  text
    .replace(impossible, '\ufffd')
    .replace(/[&<>"']/g, (char) => escapes[char] ?? char)
    .replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);

/** A whole document in UTF-8. @param doctype a line of its own, as it is */
export const xmlDocument = (root: XmlElement, doctype?: string): string =>
  ['<?xml version="1.0" encoding="UTF-8"?>', ...(doctype === undefined ? [] : [doctype]), ...lines(root, ''), ''].join('\n');

function lines({ name, attributes = {}, content }: XmlElement, indent: string): readonly string[] {
  const head = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escaped(value)}"`)].join(' ');
  if (typeof content === 'string') return [`${indent}<${head}>${escaped(content)}</${name}>`];
  if (content.length === 0) return [`${indent}<${head}/>`];
  return [`${indent}<${head}>`, ...content.flatMap((child) => lines(child, `${indent}  `)), `${indent}</${name}>`];
}
