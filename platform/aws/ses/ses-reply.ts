/** What SES said, in the words of SMTP. */
export interface SesReply {
  /** `454 4.4.5 …`: a code, an enhanced one (RFC 3463), and SES's own words. */
  readonly reply: string;
  /** Asking again in a moment may go well: nothing was sent. */
  readonly tooFast?: boolean;
  /** One of the recipients may be the reason; the others might be taken without it. */
  readonly perhapsOneRecipient?: boolean;
  /** Identities that are not verified, in lower case. */
  readonly unverified?: readonly string[];
  /** It may have been sent all the same. */
  readonly unsure?: boolean;
}

const longestText = 300; // characters

/** Codes by error: what is wrong with our account or its settings is put off, for an operator can mend it; what is wrong with a message is for good. */
const codes: Readonly<Record<string, string>> = {
  TooManyRequestsException: '454 4.4.5',
  ThrottlingException: '454 4.4.5',
  Throttling: '454 4.4.5',
  LimitExceededException: '454 4.4.5',
  AccountSuspendedException: '454 4.3.5',
  SendingPausedException: '454 4.3.5',
  MailFromDomainNotVerifiedException: '454 4.3.5',
  NotFoundException: '454 4.3.5',
  MessageRejected: '554 5.6.0',
  BadRequestException: '554 5.6.0',
};

/** @returns undefined when SES did not answer: then nobody knows what became of the message */
export function sesReply(error: unknown): SesReply | undefined {
  const status = statusOf(error);
  if (!(error instanceof Error) || status === undefined) return undefined;
  const text = error.message.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, longestText);
  const reply = (code: string): string => `${code} ${error.name}: ${text}`;
  if (/\bnot verified\b/i.test(text)) return { reply: reply('454 4.3.5'), unverified: identitiesIn(error.message) };
  if (/message length|too large|maximum.*size/i.test(text)) return { reply: reply('552 5.3.4') };
  const code = codes[error.name] ?? codeOfStatus(status);
  return {
    reply: reply(code),
    tooFast: code === '454 4.4.5' && !/daily|quota/i.test(text),
    perhapsOneRecipient: error.name === 'BadRequestException',
  };
}

/** Every other refusal of a request is one of ours to make it: rights, credentials, clock. */
const codeOfStatus = (status: number): string => (status >= 500 ? '451 4.3.0' : '454 4.3.5');

/** `… failed the check in region EU-WEST-1: a@example.net, example.org`. */
const identitiesIn = (message: string): readonly string[] =>
  (/failed the check in region [^:]*: *(.+)$/is.exec(message)?.[1] ?? '')
    .split(',')
    .map((one) => (/<([^>]+)>/.exec(one)?.[1] ?? one).trim().toLowerCase())
    .filter((one) => one !== '');

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** The request never left: no name, no route, nobody at the port. */
export const neverLeft = (error: unknown): boolean =>
  error instanceof Error &&
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/.test(`${'code' in error ? error.code : ''} ${error.message}`);
