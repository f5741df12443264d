import { ConnectFailed, type HostAddress, type Transport, type TransportConnection } from './transport.ts';

export interface ConnectDeps {
  readonly transport: Transport;
}

/** A connection that stands, with what it holds beside the socket. */
export interface Connected {
  readonly connected: true;
  readonly to: HostAddress;
  readonly connection: TransportConnection;
  /** Says goodbye and gives back what the connection held; to be called once, whatever became of it. */
  close(): Promise<void>;
}

export interface NoHost {
  readonly connected: false;
  /** One line for the queue; begins with an enhanced code. */
  readonly reason: string;
  /** What each host answered, the last one last; those that were not tried at all are not here. */
  readonly failures: readonly { readonly to: HostAddress; readonly error: ConnectFailed }[];
  /** ms since the epoch: before then nothing will have changed. Undefined: the retry schedule decides. */
  readonly retryAt?: number;
}

/** @returns the first connection that stands, or why none does. @throws when `signal` aborted */
export async function connectNextHost(
  hosts: readonly HostAddress[],
  { transport }: ConnectDeps,
  signal: AbortSignal,
): Promise<Connected | NoHost> {
  const failures: NoHost['failures'][number][] = [];
  for (const to of hosts) {
    try {
      const connection = await connectOpportunistic(to, transport, signal);
      return { connected: true, to, connection, close: () => connection.quit() };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ConnectFailed)) throw error;
      failures.push({ to, error });
    }
  }
  return { connected: false, failures, reason: `4.4.1 ${describeFailures(failures)}` };
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

const describeFailures = (failures: NoHost['failures']): string =>
  failures.map(({ to, error }) => `${to.host}[${to.ip}]: ${error.message}`).join('; ');
