import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { ProtocolHandler } from './protocol-handler.ts';
import type { LineProtocol } from './session.ts';
import { type ConnectionEnvironment, SocketConnection } from './socket-connection.ts';

/** Puts a line protocol behind the accept loop. The connection is closed when the dialogue is over, however it ended. */
export const lineProtocolHandler = (
  protocol: Protocol,
  dialogue: LineProtocol,
  refuseGreeting: (refusal: Refusal) => string,
  environment: ConnectionEnvironment,
): ProtocolHandler => ({
  protocol,
  refuseGreeting,
  serve: async (socket, session, tls) => {
    const connection = new SocketConnection(socket, session.client, tls, environment);
    try {
      await dialogue(connection, session);
    } finally {
      connection.end();
    }
  },
});
