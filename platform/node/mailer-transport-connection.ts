import { Readable } from 'node:stream';
import { domainToASCII } from 'node:url';
import type { Outgoing, RecipientResult, TransportConnection } from '../../core/delivery/transport.ts';
import { type Address, domainOf, localPartOf } from '../../core/values/address.ts';
import type { MailerConnection, MailerError } from './mailer-connection.ts';

const quitPatience = 2_000; // ms

interface SendInfo {
  readonly response?: string | undefined;
  readonly rejectedErrors?: readonly (MailerError & { readonly recipient?: string | undefined })[] | undefined;
}

/** Messages over one ready connection. */
export class MailerTransportConnection implements TransportConnection {
  readonly #mailer: MailerConnection;
  #failed = false;
  /** The last transaction did not end with the message taken, so the other side may still have an envelope of ours. */
  #resetFirst = false;

  constructor(mailer: MailerConnection) {
    this.#mailer = mailer;
  }

  get usable(): boolean {
    return !this.#failed && !this.#mailer.destroyed;
  }

  readonly limits = {};

  takeDialogue(): readonly string[] {
    return [];
  }

  async send(message: Outgoing): Promise<readonly RecipientResult[]> {
    const recipients = message.recipients.map(({ address }) => address);
    const utf8 = this.#mailer.offers('SMTPUTF8');
    if (!utf8 && (message.declared.utf8 || !isAscii(localPart(message.reversePath)))) {
      return recipients.map((address) => refused(address, noUtf8));
    }
    const sendable = recipients.filter((address) => utf8 || isAscii(localPart(address)));
    const unsendable = recipients.filter((address) => !sendable.includes(address)).map((address) => refused(address, noUtf8));
    if (sendable.length === 0) return unsendable;
    return [...(await this.#transaction(message, sendable)), ...unsendable];
  }

  async quit(): Promise<void> {
    if (!this.usable) return this.#mailer.close();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, quitPatience);
      this.#mailer.once('end', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#mailer.quit();
    });
    this.#mailer.close();
  }

  async #transaction(message: Outgoing, recipients: readonly Address[]): Promise<readonly RecipientResult[]> {
    try {
      if (this.#resetFirst) await this.#unlessClosed<unknown>((done) => this.#mailer.reset(done));
      this.#resetFirst = true;
      const info = await this.#unlessClosed<SendInfo>((done) => this.#sendTo(message, recipients, done));
      this.#resetFirst = false;
      return resultsOf(recipients, info);
    } catch (error) {
      const replied = repliesTo(recipients, error as MailerError);
      if (replied !== undefined) return replied;
      this.#failed = true;
      this.#mailer.close();
      throw error;
    }
  }

  #sendTo(message: Outgoing, recipients: readonly Address[], done: (error: Error | null, info?: SendInfo) => void): void {
    this.#mailer.needsUtf8 = message.declared.utf8;
    const envelope = {
      from: asciiDomain(message.reversePath),
      to: recipients.map(asciiDomain),
      size: message.size,
      use8BitMime: message.declared.eightBit, // sent as it is when not offered: refusing it would lose what nearly every host passes on
    };
    this.#mailer.send(envelope, Readable.from(message.read(), { objectMode: false }), done);
  }

  /** nodemailer forgets its callbacks when it is closed from our side, and after some errors. */
  #unlessClosed<T>(step: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
    const mailer = this.#mailer;
    return new Promise<T>((resolve, reject) => {
      const onEnd = (): void => void setImmediate(() => reject(new Error('the other side closed the connection')));
      mailer.once('end', onEnd);
      step((error, value) => {
        mailer.removeListener('end', onEnd);
        if (error == null) resolve(value as T);
        else reject(error);
      });
    });
  }
}

const noUtf8 = '553 5.6.7 the host does not take internationalized mail (SMTPUTF8)';

const refused = (address: Address, reply: string): RecipientResult => ({
  address,
  result: 'refused',
  permanent: reply.startsWith('5'),
  reply,
});

function resultsOf(recipients: readonly Address[], { response = '', rejectedErrors = [] }: SendInfo): readonly RecipientResult[] {
  const replies = new Map(rejectedErrors.map((error) => [error.recipient, error.response ?? '450 refused']));
  return recipients.map((address) => {
    const reply = replies.get(asciiDomain(address));
    return reply === undefined ? { address, result: 'accepted', reply: response } : refused(address, reply);
  });
}

/** @returns undefined when the other side said nothing: the outcome is unknown */
function repliesTo(recipients: readonly Address[], error: MailerError & SendInfo): readonly RecipientResult[] | undefined {
  const tooLarge = error.code === 'EMESSAGE' && error.command === 'MAIL FROM' && error.response === undefined;
  const reply = tooLarge ? '552 5.3.4 the message is larger than the host takes' : error.response;
  if (reply === undefined || !/^[45]\d\d/.test(reply)) return undefined;
  const own = new Map((error.rejectedErrors ?? []).map((one) => [one.recipient, one.response ?? reply]));
  return recipients.map((address) => refused(address, own.get(asciiDomain(address)) ?? reply));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
const localPart = (path: Address | ''): string => (path === '' ? '' : localPartOf(path));

/** A name in Unicode goes out in the form every host knows (RFC 5890). */
function asciiDomain(path: Address | ''): string {
  if (path === '' || isAscii(path)) return path;
  const domain = domainOf(path);
  return `${localPartOf(path)}@${domainToASCII(domain) || domain}`;
}
