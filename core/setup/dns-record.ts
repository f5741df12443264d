/** What a record is published for. */
export const purposes = ['MX', 'SPF', 'DKIM', 'DMARC', 'MTA-STS', 'TLS-RPT', 'SRV', 'web'] as const;
export type Purpose = (typeof purposes)[number];

/** Names are without the last dot; `.` alone says that there is no such service. */
export type RecordData =
  | { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
  | { readonly type: 'TXT'; readonly text: string }
  | { readonly type: 'CNAME'; readonly target: string }
  | { readonly type: 'SRV'; readonly priority: number; readonly weight: number; readonly port: number; readonly target: string };

export interface DnsRecord {
  readonly purpose: Purpose;
  /** Without the last dot. */
  readonly name: string;
  readonly data: RecordData;
}

/** Seconds. Long enough to be kept, short enough that a mistake is over in an hour. */
export const recordTtl = 3600;

const mostString = 255; // octets of one string of a TXT record (RFC 1035 section 3.3)

/** @param text printable ASCII. @returns the strings that one TXT record holds it in; readers join them with nothing between */
export const txtStrings = (text: string): readonly string[] => text.match(new RegExp(`.{1,${mostString}}`, 'g')) ?? [''];

/** The strings as a zone file has them (RFC 1035 section 5.1). */
export const quotedStrings = (text: string): string =>
  txtStrings(text)
    .map((part) => `"${part.replace(/["\\]/g, '\\$&')}"`)
    .join(' ');

/** One line of a zone file that holds wherever it is put: names are whole, and the time to live is said. */
export const zoneLine = ({ name, data }: DnsRecord): string => `${absolute(name)} ${recordTtl} IN ${data.type} ${dataText(data)}`;

function dataText(data: RecordData): string {
  switch (data.type) {
    case 'MX':
      return `${data.preference} ${absolute(data.exchange)}`;
    case 'TXT':
      return quotedStrings(data.text);
    case 'CNAME':
      return absolute(data.target);
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${absolute(data.target)}`;
  }
}

const absolute = (name: string): string => (name.endsWith('.') ? name : `${name}.`);
