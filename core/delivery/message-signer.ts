/** Signs messages with DKIM (RFC 6376) by the keys that are there. */
export interface MessageSigner {
  /**
   * @param octets of the message as it is sent, CRLF line ends; read once, and no further than needed
   * @param signingDomain asked with the header block (latin1, without the blank line). @returns whose name the message is signed in; undefined: in nobody's
   * @returns the DKIM-Signature field, CRLF included; empty when there is no key for that domain
   * @throws when a key is there and can't be used: sent without it, a message would be refused where its domain asks for that
   */
  sign(octets: AsyncIterable<Uint8Array>, signingDomain: (header: string) => Promise<string | undefined>): Promise<Uint8Array>;
}
