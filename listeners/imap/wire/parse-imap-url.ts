import type { Section } from '../../../core/values/section.ts';
import { canonicalMailbox } from './mailbox-name.ts';
import { readSection } from './parse-fetch.ts';
import { Scanner } from './scanner.ts';

/** Octets of a message on this server, as an IMAP URL names them (RFC 5092). */
export interface MessageUrl {
  /** Unicode. undefined: the selected one. */
  readonly mailbox?: string;
  readonly uidValidity?: number;
  readonly uid: number;
  readonly section: Section;
  readonly partial?: { readonly offset: number; readonly count: number };
}

const longest = 8_192; // octets
const maxNumber = 0xffff_ffff;

/** `/mailbox;UIDVALIDITY=n/;UID=n/;SECTION=s/;PARTIAL=o.l`, what is in brackets in RFC 5092 section 11 left out or not. */
const messageUrl =
  /^(?:\/([^;/?#]+(?:\/[^;/?#]+)*)(?:;UIDVALIDITY=(\d{1,10}))?\/)?;UID=(\d{1,10})(?:\/;SECTION=([^;?#]+))?(?:\/;PARTIAL=(\d{1,15})(?:\.(\d{1,15}))?)?$/i;

/** @returns why a URL names no message of this server */
export function parseImapUrl(url: string): MessageUrl | string {
  if (url.length > longest) return `A URL may have ${longest} octets`;
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return 'URLs have to be relative to this server: /mailbox/;UID=number';
  const [, name, validity, uid, written, offset, count] = messageUrl.exec(url) ?? [];
  if (uid === undefined) return 'The URL names no message: /mailbox/;UID=number/;SECTION=section was expected';
  const mailbox = name === undefined ? undefined : percentDecoded(name);
  const section = written === undefined ? whole : sectionFrom(percentDecoded(written));
  if (name !== undefined && mailbox === undefined) return 'The mailbox name in the URL is not UTF-8 in percent-encoding';
  if (section === undefined) return 'The URL names a section that can not be';
  if ([validity ?? 1, uid, count ?? 1].some((number) => Number(number) < 1) || [validity ?? 1, uid].some((n) => Number(n) > maxNumber))
    return 'A number in the URL is out of range';
  return {
    ...(mailbox === undefined ? {} : { mailbox: canonicalMailbox(mailbox) }),
    ...(validity === undefined ? {} : { uidValidity: Number(validity) }),
    uid: Number(uid),
    section,
    ...(offset === undefined ? {} : { partial: { offset: Number(offset), count: Number(count ?? Number.MAX_SAFE_INTEGER) } }),
  };
}

const whole: Section = { path: [], text: 'all' };

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function sectionFrom(text: string | undefined): Section | undefined {
  if (text === undefined) return undefined;
  try {
    const scanner = new Scanner([Buffer.from(text, 'utf8')]);
    const section = readSection(scanner);
    scanner.end();
    return section;
  } catch {
    return undefined;
  }
}
