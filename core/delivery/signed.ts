import type { AccountDirectory } from '../accounts/account-directory.ts';
import { parseAddressList } from '../message/address-list.ts';
import { fieldValue, headerFields } from '../message/header.ts';
import { type AccountId, type Address, domainOf, parseAddress } from '../values/address.ts';
import type { MessageSigner } from './message-signer.ts';
import type { SpoolRow } from './spool.ts';
import type { Outgoing } from './transport.ts';

export interface SigningDeps {
  readonly signer: MessageSigner;
  readonly accounts: Pick<AccountDirectory, 'maySendAs'>;
}

const mostAuthors = 20;

/**
 * What accounts submitted and our own reports go out signed, in the form in which they are sent, which only the connection knows. What
 * others wrote and we send on goes as it came: their signature still holds, and ours would vouch for what we know nothing of.
 */
export function signed(outgoing: Outgoing, { submittedBy, ownReport }: SpoolRow, { signer, accounts }: SigningDeps): Outgoing {
  if (submittedBy === undefined && ownReport !== true) return outgoing;
  const domain = async (header: string): Promise<string | undefined> => signingDomain(authorsOf(header), submittedBy, accounts);
  return { ...outgoing, sign: (octets) => signer.sign(octets, domain) };
}

/** The domain of the authors, when it is one, and all of them are the account's to speak for: with a signature, nobody doubts them. */
async function signingDomain(
  authors: readonly (Address | undefined)[],
  account: AccountId | undefined,
  accounts: SigningDeps['accounts'],
): Promise<string | undefined> {
  const [first] = authors;
  if (first === undefined || authors.length > mostAuthors) return undefined;
  const domain = domainOf(first);
  for (const author of authors) {
    if (author === undefined || domainOf(author) !== domain) return undefined;
    if (account !== undefined && !(await accounts.maySendAs(account, author))) return undefined;
  }
  return domain;
}

/** @returns undefined for what is no address; nothing when there is more than one From, or none */
function authorsOf(header: string): readonly (Address | undefined)[] {
  const [field, another] = [...headerFields(header)].filter(({ name }) => name.toLowerCase() === 'from');
  if (field === undefined || another !== undefined) return [];
  return parseAddressList(fieldValue(header, field)).flatMap(({ mailbox, host }) =>
    mailbox === undefined || host === undefined ? [] : [parseAddress(Buffer.from(`${mailbox}@${host}`, 'latin1').toString('utf8'))],
  );
}

/** A message as one connection sends it. */
export interface SentForm {
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

/**
 * Puts the signature before the form that is sent, which is read twice for it.
 * @returns why, in words of ours, when it has to be signed and can't be now: no fault of the connection
 */
export async function withSignature<F extends SentForm>({ sign }: Outgoing, form: F): Promise<F | string> {
  let signature: Uint8Array | undefined;
  try {
    signature = await sign?.(form.read());
  } catch (error) {
    return `4.7.5 the message can't be signed: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (signature === undefined || signature.length === 0) return form;
  const read = async function* (): AsyncGenerator<Uint8Array> {
    yield signature;
    yield* form.read();
  };
  return { ...form, size: form.size + signature.length, read };
}
