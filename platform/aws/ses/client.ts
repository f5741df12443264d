import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';

/** One message for at most fifty recipients, as SES is to take it. */
export interface RawMessage {
  /** A verified identity; bounces go there too. */
  readonly from: string;
  readonly to: readonly string[];
  readonly data: Uint8Array;
}

/** What the adapter needs of SES. */
export interface SesCalls {
  /** Finds region and credentials. @throws when there are none */
  ready(): Promise<void>;
  /** @returns SES's own id of the message. @throws what the SDK throws; nothing is repeated by itself */
  send(message: RawMessage): Promise<string>;
}

const connectTime = 10_000; // ms
const answerTime = 120_000; // ms; 40 MB take a while on a slow line

export interface SesClientOptions {
  /** @default - as the SDK finds it: AWS_REGION, or the profile */
  readonly region?: string;
  /** @default AWS_ENDPOINT_URL_SESV2, or that of the region */
  readonly endpoint?: string;
}

/**
 * Calls of the API of SES, version 2: its messages may have 40 MB, those of version 1 have 10. A call whose answer is lost may have sent the
 * message, so whether it is made again is decided where that is known.
 */
export function sesCalls({ region, endpoint }: SesClientOptions = {}): SesCalls {
  const client = new SESv2Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: connectTime, requestTimeout: answerTime, throwOnRequestTimeout: true },
  });
  return {
    ready: async () => {
      await client.config.region();
      await client.config.credentials();
    },
    send: async ({ from, to, data }) => {
      const sent = await client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          FeedbackForwardingEmailAddress: from,
          Destination: { ToAddresses: [...to] },
          Content: { Raw: { Data: data } },
        }),
      );
      return sent.MessageId ?? 'unknown';
    },
  };
}
