import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { TlsFacts } from './connection.ts';
import type { Session } from './session.ts';

/** One protocol as the accept loop knows it. */
export interface ProtocolHandler {
  readonly protocol: Protocol;
  /** Wire text, CRLF included, that turns a connection away instead of the greeting. */
  refuseGreeting(refusal: Refusal): string;
  /**
   * Serves one admitted connection from the greeting on; resolves when it is over and the connection is closed, or is being closed behind what was
   * said last. Nobody else closes it: after STARTTLS the end of this socket would overtake what TLS has still to write.
   * @param tls the handshake was done before (implicit TLS)
   */
  serve(socket: Socket | TLSSocket, session: Session, tls: TlsFacts | undefined): Promise<void>;
}
