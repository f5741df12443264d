import { decodeXtext, encodeXtext } from './xtext.ts';

const addressType = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,63}$/i;
const embedded = /\\x\{([0-9A-F]{1,6})\}/g;

/**
 * `rfc822;bob+40example.net` of an ORCPT parameter, with its address decoded (RFC 3461 section 4.2); one of the type `utf-8` has a form of its
 * own (RFC 6533 section 3).
 * @returns undefined when it is neither
 */
export function parseOriginal(value: string): string | undefined {
  const semicolon = value.indexOf(';');
  const type = value.slice(0, Math.max(0, semicolon));
  const encoded = value.slice(semicolon + 1);
  if (!addressType.test(type) || encoded === '') return undefined;
  const address = type.toLowerCase() === 'utf-8' ? decodeUtf8Address(encoded) : decodeXtext(encoded);
  return address === undefined ? undefined : `${type};${address}`;
}

/** @returns the value of the ORCPT parameter, in ASCII */
export function formatOriginal(original: string): string {
  const semicolon = original.indexOf(';');
  const [type, address] = [original.slice(0, semicolon), original.slice(semicolon + 1)];
  return `${type};${type.toLowerCase() === 'utf-8' ? encodeUtf8Address(address) : encodeXtext(address)}`;
}

/** Controls and line ends never pass, in whatever form. */
function decodeUtf8Address(encoded: string): string | undefined {
  // utf-8-addr-xtext and utf-8-addr-unitext: no `+`, `=` or `\` but in `\x{…}`
  if (!/^(?:[!-*,-<>-[\]-~\u{80}-\u{10ffff}]|\\x\{[0-9A-F]{1,6}\})+$/u.test(encoded)) return undefined;
  let valid = true;
  const address = encoded.replace(embedded, (_, digits: string) => {
    const code = Number.parseInt(digits, 16);
    valid &&= code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return valid ? String.fromCodePoint(code) : '';
  });
  return valid && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(address) ? address : undefined;
}

const encodeUtf8Address = (address: string): string =>
  address.replace(/[^!-*,-<>-[\]-~]/gu, (char) => `\\x{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);
