import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * A delivery waits for the password of its smarthost, and a task for its certificate: both are tried again later by whoever needs them, so a value
 * comes soon or not this time.
 * @param endpoint @default that of the Region
 */
export const openSecretsClient = (endpoint?: string): SecretsManagerClient =>
  new SecretsManagerClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, socketTimeout: 5_000, throwOnRequestTimeout: true },
  });
