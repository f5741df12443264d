import { domainToASCII } from 'node:url';
import type { AccountDirectory, Destination } from '../../core/accounts/account-directory.ts';
import type { ResolvedRecipient } from '../../core/delivery/recipients.ts';
import { type AccountId, type Address, domainOf, localPartOf, parseAddress, type ReversePath } from '../../core/values/address.ts';
import type { PathArgument } from './edge-server.ts';
import { recipientWishes } from './esmtp-parameters.ts';
import { type Reply, reply } from './reply.ts';

/** Parameters that are announced, and AUTH=, which goes with AUTH (RFC 4954 section 5). */
const mailParameters: ReadonlySet<string> = new Set(['SIZE', 'BODY', 'SMTPUTF8', 'AUTH', 'RET', 'ENVID', 'REQUIRETLS']);
const rcptParameters: ReadonlySet<string> = new Set(['NOTIFY', 'ORCPT']);

const internationalized = reply(553, '5.6.7 An address outside ASCII needs SMTPUTF8');

export interface EnvelopeFacts {
  readonly smtpUtf8: boolean;
  /** Who submits; undefined on the MX listener. */
  readonly account: AccountId | undefined;
}

export async function judgeSender(
  { address, args }: PathArgument,
  { smtpUtf8, account }: EnvelopeFacts,
  accounts: AccountDirectory,
): Promise<{ readonly path: ReversePath } | Reply> {
  const unknown = unknownParameter(args, mailParameters);
  if (unknown !== undefined) return unknown;
  // Read receipts of mail programs have the null path (RFC 8098 section 3), so accounts may send it too.
  if (address === '') return { path: '' };
  const path = parseAddress(address);
  if (path === undefined) return reply(501, '5.1.7 Bad sender address syntax');
  if (!smtpUtf8 && !isAscii(localPartOf(path))) return internationalized;
  if (account !== undefined && !(await accounts.maySendAs(account, path))) {
    return reply(553, `5.7.1 <${address}>: you may not send as this address`);
  }
  return { path };
}

export async function judgeRecipient(
  { address, args }: PathArgument,
  { smtpUtf8, account }: EnvelopeFacts,
  accounts: AccountDirectory,
): Promise<ResolvedRecipient | Reply> {
  const unknown = unknownParameter(args, rcptParameters);
  if (unknown !== undefined) return unknown;
  // The one recipient without a domain (RFC 5321 section 4.1.1.3); the directory knows whose it is.
  const recipient = address.toLowerCase() === 'postmaster' ? ('postmaster' as Address) : parseAddress(address);
  if (recipient === undefined) return reply(501, '5.1.3 Bad recipient address syntax');
  if (!smtpUtf8 && !isAscii(localPartOf(recipient))) return internationalized;
  const { address: known, destination } = await resolve(recipient, accounts);
  if (destination.kind === 'unknown') return reply(550, `5.1.1 <${address}>: no such user here`);
  if (destination.kind === 'remote' && account === undefined) return reply(550, `5.7.1 <${address}>: relay access denied`);
  return { address: known, destination, ...recipientWishes(args) };
}

/** The package hands on names in Unicode; an operator may have written an account's domain in either form. */
async function resolve(recipient: Address, accounts: AccountDirectory): Promise<{ address: Address; destination: Destination }> {
  const destination = await accounts.resolve(recipient);
  if (destination.kind !== 'remote' || isAscii(domainOf(recipient))) return { address: recipient, destination };
  const ascii = parseAddress(`${localPartOf(recipient)}@${domainToASCII(domainOf(recipient))}`);
  return ascii === undefined ? { address: recipient, destination } : { address: ascii, destination: await accounts.resolve(ascii) };
}

/** RFC 5321 section 4.1.1.11. The package takes whatever it does not know, and the client would think it was honoured. */
function unknownParameter(args: PathArgument['args'], known: ReadonlySet<string>): Reply | undefined {
  const unknown = Object.keys(args || {}).find((name) => !known.has(name));
  return unknown === undefined ? undefined : reply(555, '5.5.4 Unsupported parameter');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
