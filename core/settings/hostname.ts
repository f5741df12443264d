const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const hostname = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

/** A DNS host name by RFC 1123 section 2.1; IPv4 addresses look like one too. */
export const isHostname = (text: string): boolean => hostname.test(text);
