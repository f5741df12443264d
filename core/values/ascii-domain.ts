import { isAscii } from './ascii.ts';

/**
 * A domain in the one form that every host knows (RFC 5890): `bücher.example` and `xn--bcher-kva.example` are one domain. ASCII stays as it is.
 * @returns labels that have no such form as they are: DNS will know nothing of them
 */
export const asciiDomain = (domain: string): string => (isAscii(domain) ? domain : domain.split('.').map(asciiLabel).join('.'));

const suffix = '.invalid'; // so that no label is read as a part of an IPv4 address

function asciiLabel(label: string): string {
  const name = isAscii(label) ? undefined : URL.parse(`http://${label}${suffix}`)?.hostname;
  return name?.endsWith(suffix) === true ? name.slice(0, -suffix.length) : label;
}
