import { domainToASCII } from 'node:url';

/** What a URL means something by. domainToASCII reads its argument as a part of one: of `a.example/b.example` it gives `a.example`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: tab and line ends are passed over there
const ofUrls = /[\x00-\x20\x7f#%/:?@[\\\]]/;

/** @returns the name as the DNS has it (RFC 5890), all of it; undefined when it can be none */
export function dnsName(text: string): string | undefined {
  const ascii = ofUrls.test(text) ? '' : domainToASCII(text);
  return ascii === '' ? undefined : ascii;
}
