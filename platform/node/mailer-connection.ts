import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

/** What nodemailer keeps to itself and we have to see or change. A test fails when the package no longer works this way. */
interface Inside {
  readonly _supportedExtensions: readonly string[];
  _sendCommand(line: string, logged?: string): void;
}

export interface MailerError extends Error {
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
}

/**
 * nodemailer's connection, with SMTPUTF8 asked for when the message needs it: the package itself looks at addresses only, and a header in
 * UTF-8 needs it too (RFC 6531 section 3.4).
 */
export class MailerConnection extends SMTPConnection {
  needsUtf8 = false;

  // An own property, because the package declares the method internal: its types do not have it.
  constructor(options: SMTPConnectionOptions) {
    super(options);
    const inside = this as unknown as Inside;
    const send = inside._sendCommand.bind(this);
    inside._sendCommand = (line, logged) => send(this.needsUtf8 ? withUtf8(line) : line, logged);
  }

  offers(extension: 'SMTPUTF8' | '8BITMIME'): boolean {
    return (this as unknown as Inside)._supportedExtensions.includes(extension);
  }
}

const withUtf8 = (line: string): string => (line.startsWith('MAIL FROM:') && !line.includes(' SMTPUTF8') ? `${line} SMTPUTF8` : line);
