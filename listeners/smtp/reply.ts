/** One SMTP reply. The text begins with its enhanced code (RFC 3463) where one is due. */
export interface Reply {
  readonly code: number;
  readonly text: string;
}

export const reply = (code: number, text: string): Reply => ({ code, text });

/** What a client is told when something of ours broke: it keeps the message and comes back. */
export const tryAgainLater = reply(451, '4.3.0 Try again later');
