const mostColumns = 76; // RFC 2045 section 6.7
const CR = 0x0d;
const LF = 0x0a;

/** @param octets text with CRLF line ends; bare CR and LF are kept as they are, encoded. @returns quoted-printable (RFC 2045 section 6.7), ASCII */
export function quotedPrintable(octets: Uint8Array): string {
  const lines: string[] = [];
  let line = '';
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] as number;
    if (octet === CR && octets[at + 1] === LF) {
      lines.push(closed(line));
      line = '';
      at++;
      continue;
    }
    const coded = isPlain(octet) ? String.fromCharCode(octet) : hex(octet);
    if (line.length + coded.length >= mostColumns) {
      lines.push(`${line}=`);
      line = '';
    }
    line += coded;
  }
  return [...lines, closed(line)].join('\r\n');
}

/** White space at the end of a line may get lost on the way. */
function closed(line: string): string {
  if (!line.endsWith(' ') && !line.endsWith('\t')) return line;
  const coded = line.slice(0, -1) + hex(line.charCodeAt(line.length - 1));
  return coded.length <= mostColumns ? coded : `${line.slice(0, -1)}=\r\n${hex(line.charCodeAt(line.length - 1))}`;
}

const isPlain = (octet: number): boolean => octet === 0x09 || (octet >= 0x20 && octet <= 0x7e && octet !== 0x3d);
const hex = (octet: number): string => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`;
