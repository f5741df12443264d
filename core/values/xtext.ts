/** RFC 3461 section 4: what a parameter of MAIL or RCPT may hold, any other octet as `+` and two hex digits. */
const plain = /^[!-*,-<>-~]$/;

export function encodeXtext(text: string): string {
  let encoded = '';
  for (const octet of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(octet);
    encoded += plain.test(char) ? char : `+${hex(octet)}`;
  }
  return encoded;
}

/** @returns undefined when it is no xtext, or what it stands for is not printable ASCII: it ends up in a header field of a report */
export function decodeXtext(encoded: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(encoded)) return undefined;
  const text = encoded.replace(/\+(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return /^[ -~]*$/.test(text) ? text : undefined;
}

const hex = (octet: number): string => octet.toString(16).toUpperCase().padStart(2, '0');
