import { ConnectFailed, type HostAddress, type Transport, type TransportConnection } from './transport.ts';

export interface NoHost {
  readonly connected: false;
  /** What each host answered, the last one last. */
  readonly failures: readonly { readonly to: HostAddress; readonly error: ConnectFailed }[];
}

/** @returns the first connection that stands, or why none does. @throws when `signal` aborted */
export async function connectNextHost(
  hosts: readonly HostAddress[],
  transport: Transport,
  signal: AbortSignal,
): Promise<TransportConnection | NoHost> {
  const failures: NoHost['failures'][number][] = [];
  for (const to of hosts) {
    try {
      return await connectOpportunistic(to, transport, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ConnectFailed)) throw error;
      failures.push({ to, error });
    }
  }
  return { connected: false, failures };
}

/** A host that offers STARTTLS and can't do it gets the mail in plain: it would have got it so anyway, had it not offered (RFC 7435). */
async function connectOpportunistic(to: HostAddress, transport: Transport, signal: AbortSignal): Promise<TransportConnection> {
  try {
    return await transport.connect(to, signal);
  } catch (error) {
    if (!(error instanceof ConnectFailed) || error.stage !== 'tls' || to.tls !== 'opportunistic') throw error;
    return transport.connect({ ...to, tls: 'none' }, signal);
  }
}

/** @returns one line for the queue listing */
export const describeFailures = ({ failures }: NoHost): string =>
  failures.map(({ to, error }) => `${to.host}[${to.ip}]: ${error.message}`).join('; ');
