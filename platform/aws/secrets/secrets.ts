import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  paginateListSecrets,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../../../core/values/clock.ts';
import type { SecretStore } from '../../../core/world.ts';

/** As the command line takes it: nothing that would lead to another stage's secrets. */
const secretName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
/** How long a value is used again, ms: a password that was changed is known everywhere soon after, and a busy worker asks once a minute. */
const keptFor = 60_000;

export interface ManagedSecretsDeps {
  readonly client: SecretsManagerClient;
  /** Before each name: `mailweir/<stage>/`. */
  readonly prefix: string;
  readonly clock: Clock;
}

/** Secrets in Secrets Manager, each kept in memory for a minute. */
export function managedSecrets({ client, prefix, clock }: ManagedSecretsDeps): SecretStore {
  const kept = new Map<string, { readonly until: number; readonly value: Promise<string | undefined> }>();
  return {
    async get(name) {
      if (!secretName.test(name)) return undefined;
      const known = kept.get(name);
      if (known !== undefined && known.until > clock.monotonic()) return await known.value;
      const value = fetchSecret(client, prefix + name);
      kept.set(name, { until: clock.monotonic() + keptFor, value });
      value.catch(() => kept.delete(name));
      return await value;
    },
    async put(name, value) {
      if (!secretName.test(name)) throw new Error(`no name of a secret: ${JSON.stringify(name.slice(0, 100))}`);
      kept.delete(name);
      await putSecret(client, prefix + name, value);
    },
    async names(start) {
      const names: string[] = [];
      for await (const { SecretList = [] } of paginateListSecrets({ client }, { Filters: [{ Key: 'name', Values: [prefix + start] }] }))
        names.push(...SecretList.flatMap(({ Name = '' }) => (Name.startsWith(prefix + start) ? [Name.slice(prefix.length)] : [])));
      return names.toSorted();
    },
    async remove(name) {
      if (!secretName.test(name) || (await fetchSecret(client, prefix + name)) === undefined) return false;
      kept.delete(name);
      // Without the week of grace: a name that was removed may be made anew at once.
      await client.send(new DeleteSecretCommand({ SecretId: prefix + name, ForceDeleteWithoutRecovery: true }));
      return true;
    },
  };
}

async function putSecret(client: SecretsManagerClient, SecretId: string, SecretString: string): Promise<void> {
  try {
    await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateSecretCommand({ Name: SecretId, SecretString }));
  }
}

async function fetchSecret(client: SecretsManagerClient, SecretId: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
