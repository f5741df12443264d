import type { Policy } from '../delivery/mta-sts/policy.ts';
import { appleProfile, type ProfileIds } from './apple-profile.ts';
import { autoconfig } from './autoconfig.ts';
import { autodiscover } from './autodiscover.ts';
import type { DnsRecord } from './dns-record.ts';
import { canBeSetUp, type MailService } from './mail-service.ts';
import { transportPolicyText } from './transport-policy.ts';

/** A file that a static host serves. */
export interface WebFile {
  /** Below the root of the host, with `/` between names. */
  readonly path: string;
  readonly text: string;
  readonly url: string;
  /** What it has to be served as. */
  readonly contentType: string;
  readonly readBy: string;
}

const profilePath = (domain: string): string => `mail/${domain}.mobileconfig`;
const paths = {
  autoconfig: 'mail/config-v1.1.xml',
  wellKnownAutoconfig: '.well-known/autoconfig/mail/config-v1.1.xml',
  autodiscover: 'autodiscover/autodiscover.xml',
  policy: '.well-known/mta-sts.txt',
} as const;

/** Every path that there may be a file at: none other is ever written or removed. */
export const possiblePaths = (domain: string): readonly string[] => [...Object.values(paths), profilePath(domain)];

/** One root serves all names, and the domain's own name too where that leads to the same host. */
export function webFiles(service: MailService, policy: Policy | undefined, ids: ProfileIds): readonly WebFile[] {
  return [...(canBeSetUp(service) ? clientFiles(service, ids) : []), ...(policy === undefined ? [] : [policyFile(service, policy)])];
}

function clientFiles(service: MailService, ids: ProfileIds): readonly WebFile[] {
  const { domain } = service;
  const profile = appleProfile(service, ids);
  const config = { text: autoconfig(service), contentType: 'text/xml', readBy: 'Thunderbird, K-9, Evolution' };
  return [
    { ...config, path: paths.autoconfig, url: `https://autoconfig.${domain}/${paths.autoconfig}` },
    { ...config, path: paths.wellKnownAutoconfig, url: `https://${domain}/${paths.wellKnownAutoconfig}` },
    {
      path: paths.autodiscover,
      text: autodiscover(service),
      url: `https://autodiscover.${domain}/${paths.autodiscover}`,
      contentType: 'text/xml',
      readBy: 'Outlook',
    },
    ...(profile === undefined
      ? []
      : [
          {
            path: profilePath(domain),
            text: profile,
            url: `https://autoconfig.${domain}/${profilePath(domain)}`,
            contentType: 'application/x-apple-aspen-config',
            readBy: 'Mail on iOS and macOS: a link to open',
          },
        ]),
  ];
}

const policyFile = ({ domain }: MailService, policy: Policy): WebFile => ({
  path: paths.policy,
  text: transportPolicyText(policy),
  url: `https://mta-sts.${domain}/${paths.policy}`,
  contentType: 'text/plain',
  readBy: 'servers that deliver to the domain',
});

/** Names that have to lead to the static host, and to be in its certificate. */
export const webNames = (domain: string, files: readonly Pick<WebFile, 'url'>[]): readonly string[] => [
  ...new Set(files.map(({ url }) => new URL(url).hostname).filter((name) => name !== domain)),
];

/** A name that is the host's own leads there already. */
export const webRecords = (names: readonly string[], host: string): readonly DnsRecord[] =>
  names.filter((name) => name !== host).map((name) => ({ purpose: 'web', name, data: { type: 'CNAME', target: host } }));
