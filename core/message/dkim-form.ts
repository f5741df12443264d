import { headerFields, unfold } from './header.ts';

/** A field as its signature covers it (RFC 6376 section 3.4.2, relaxed), without the line end. @param field octets as latin1 */
export function relaxedField(name: string, value: string): string {
  return `${name.trim().toLowerCase()}:${unfold(value)
    .replace(/[ \t\r\n]+/g, ' ')
    .replace(/^ | $/g, '')}`;
}

const mostLineEnds = 16_384; // given out at a time

/**
 * A body as its hash covers it (RFC 6376 section 3.4.4, relaxed), piece by piece: white space within lines becomes one space, at their ends
 * it goes, and empty lines at the end of the body go. Pieces are latin1.
 */
export class RelaxedBody {
  /** White space and a CR at the end of a piece: what follows decides what becomes of them. */
  #tail = '';
  /** Line ends that are part of the body only if something follows them. */
  #lineEnds = 0;
  #isEmpty = true;

  *write(octets: string): Generator<string> {
    const text = (this.#tail + octets).replace(/[ \t]+/g, ' ').replaceAll(' \r\n', '\r\n');
    this.#tail = / ?\r?$/.exec(text)?.[0] ?? '';
    const whole = text.length - this.#tail.length;
    let end = whole;
    while (end >= 2 && text.endsWith('\r\n', end)) end -= 2;
    if (end > 0) {
      this.#isEmpty = false;
      yield* lineEnds(this.#lineEnds);
      this.#lineEnds = 0;
      yield text.slice(0, end);
    }
    this.#lineEnds += (whole - end) / 2;
  }

  /** A last line without a line end gets one. */
  end(): string {
    return this.#isEmpty ? '' : '\r\n';
  }
}

function* lineEnds(count: number): Generator<string> {
  for (let left = count; left > 0; left -= mostLineEnds) yield '\r\n'.repeat(Math.min(left, mostLineEnds));
}

/** RFC 6376 section 5.4.1, and what decides how the body is read (section 5.4) or has to be covered (RFC 8058 section 4). */
const signedFields: ReadonlySet<string> = new Set([
  ...['from', 'sender', 'reply-to', 'subject', 'date', 'message-id', 'to', 'cc', 'in-reply-to', 'references'],
  ...['mime-version', 'content-type', 'content-transfer-encoding', 'content-id', 'content-description'],
  ...['resent-date', 'resent-from', 'resent-sender', 'resent-to', 'resent-cc', 'resent-message-id'],
  ...['list-id', 'list-help', 'list-unsubscribe', 'list-unsubscribe-post', 'list-subscribe', 'list-post', 'list-owner', 'list-archive'],
]);
const mostSigned = 100; // fields

export interface SignedHeader {
  /** Names for `h=`. */
  readonly names: readonly string[];
  /** What the signature covers of the header, each field with its line end. */
  readonly octets: string;
}

/**
 * The fields to sign, the last of each name first (RFC 6376 section 5.4.2). From is named once more than it is there: one that is added on
 * the way would break the signature (section 8.15).
 * @param block octets as latin1, with or without the blank line
 */
export function headerToSign(block: string): SignedHeader {
  const fields = [...headerFields(block)].filter(({ name }) => signedFields.has(name.toLowerCase())).reverse();
  const isFrom = ({ name }: { readonly name: string }): boolean => name.toLowerCase() === 'from';
  // Without it a signature is worth nothing (section 5.4), so that many others must not push it out.
  const signed = [...fields.filter(isFrom), ...fields.filter((field) => !isFrom(field))].slice(0, mostSigned);
  const octets = signed.map(({ name, valueStart, end }) => `${relaxedField(name, block.slice(valueStart, end))}\r\n`).join('');
  return { names: [...signed.map(({ name }) => name), 'From'], octets };
}

export interface SignatureFacts {
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
  readonly domain: string;
  readonly selector: string;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly names: readonly string[];
  /** base64. */
  readonly bodyHash: string;
}

/** The DKIM-Signature field with nothing behind `b=`: what is signed itself, without its line end, and the beginning of what is sent. */
export function unsignedSignature({ algorithm, domain, selector, time, names, bodyHash }: SignatureFacts): string {
  const tags = [
    `v=1; a=${algorithm}; c=relaxed/relaxed; d=${domain};`,
    `s=${selector}; t=${time};`,
    `h=${foldNames(names)};`,
    `bh=${bodyHash};`,
    'b=',
  ];
  return `DKIM-Signature: ${tags.join('\r\n\t')}`;
}

/** @param signature base64. @returns the field, CRLF included */
export const signatureField = (unsigned: string, signature: string): string =>
  `${unsigned}${(signature.match(/.{1,72}/g) ?? []).join('\r\n\t')}\r\n`;

/** White space may stand around the colons (RFC 6376 section 3.5). */
function foldNames(names: readonly string[]): string {
  let text = '';
  let width = 2;
  for (const [i, name] of names.entries()) {
    const breaks = width + name.length > 70;
    text += `${i === 0 ? '' : ':'}${breaks ? '\r\n\t ' : ''}${name}`;
    width = (breaks ? 9 : width + 1) + name.length;
  }
  return text;
}
