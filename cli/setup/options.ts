import { type DmarcPolicy, dmarcPolicies } from '../../core/setup/report-records.ts';
import { mostIncludes } from '../../core/setup/sender-policy.ts';
import { type StsMode, stsModes } from '../../core/setup/transport-policy.ts';
import { type Address, parseAddress } from '../../core/values/address.ts';
import { dkimDomain } from '../../platform/node/dkim-keys.ts';
import { type Call, CommandFailure } from '../command.ts';

/** What the command line says of a domain's records, checked. */
export interface SetupOptions {
  readonly domain: string;
  readonly includes: readonly string[];
  readonly dmarc: DmarcPolicy;
  readonly sts: StsMode;
  readonly reports: Address;
  /** Name of the static host. */
  readonly web: string | undefined;
}

/** @throws CommandFailure for what is none of it */
export function setupOptions(call: Call): SetupOptions {
  const domain = nameOf(call.args[0] ?? '', 'domain');
  const web = call.value('web');
  const includes = call.values('include').map((name) => nameOf(name, 'name to include'));
  if (includes.length > mostIncludes)
    throw new CommandFailure('usage', `an SPF record with more than ${mostIncludes} names to include is an error to those who check it`);
  return {
    domain,
    includes,
    dmarc: wordOf(call, 'dmarc', dmarcPolicies),
    sts: wordOf(call, 'mta-sts', stsModes),
    reports: reportsOf(call.value('reports') ?? `postmaster@${domain}`),
    web: web === undefined ? undefined : nameOf(web, 'name of a host'),
  };
}

function nameOf(text: string, what: string): string {
  // A name to include may begin with an underscore, as in _spf.example.net.
  const plain = what === 'name to include' ? text.replace(/(^|\.)_/g, '$1') : text;
  const name = dkimDomain(plain);
  if (name === undefined || /\.\d+$/.test(name))
    throw new CommandFailure('usage', `${JSON.stringify(text.slice(0, 80))} is no ${what}`, 'a name looks like example.org');
  return plain === text ? name : text.toLowerCase();
}

function wordOf<T extends string>(call: Call, option: string, words: readonly [T, ...T[]]): T {
  const text = call.value(option) ?? words[0];
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw new CommandFailure('usage', `--${option} takes ${words.join(', ')}`);
}

function reportsOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined || address.endsWith(']'))
    throw new CommandFailure(
      'usage',
      `${JSON.stringify(text.slice(0, 80))} is no address for reports`,
      'an address looks like dmarc@example.org',
    );
  return address;
}
