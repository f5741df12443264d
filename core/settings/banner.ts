import { type Facts, text } from './declare.ts';
import type { Setting } from './setting.ts';

/** What may stand in a banner, in braces. */
export interface BannerFacts {
  readonly hostname: string;
  readonly version: string;
  /** Of the connection, as an RFC 5322 date. */
  readonly time: string;
}

const maxBanner = 200; // octets, so that code, host name and banner fit a reply line (RFC 5321 section 4.5.3.1.5)
const placeholder = /\{([a-z]*)\}/g;
const names: readonly string[] = ['hostname', 'version', 'time'] satisfies readonly (keyof BannerFacts)[];

/** Printable ASCII. `<` would start an APOP timestamp (RFC 1939 section 7), `[` a response code (RFC 2449, RFC 3501). */
const plain = /^[\x20-\x7e]*$/;

export const banner = (name: string, facts: Facts<string>): Setting<string> =>
  text(name, {
    ...facts,
    allowed: `at most ${maxBanner} printable ASCII characters but < > [ ]; {hostname}, {version} and {time} are filled in`,
    isLegal: (value) => value.length <= maxBanner && plain.test(value) && !/[<>[\]]/.test(value) && onlyKnownBraces(value),
  });

/** @param template a banner setting's value. @returns the line's text as clients see it */
export const fillBanner = (template: string, facts: BannerFacts): string =>
  template.replace(placeholder, (_, name: string) => facts[name as keyof BannerFacts]);

function onlyKnownBraces(value: string): boolean {
  const rest = value.replace(placeholder, (all, name: string) => (names.includes(name) ? '' : all));
  return !/[{}]/.test(rest);
}
