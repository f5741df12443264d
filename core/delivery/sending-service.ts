import type { TransportConnection } from './transport.ts';

/** A service that takes whole messages by an API of its own instead of by SMTP; Amazon SES is one. */
export interface SendingService {
  /** As the queue and events name it: `email.eu-west-1.amazonaws.com`. */
  readonly host: string;
  /**
   * What stands between us and the service, used like a connection: one call of the API per transaction.
   * @throws ConnectFailed when the service can't be used from here at all (no region, no credentials)
   */
  connect(signal: AbortSignal): Promise<TransportConnection>;
}
