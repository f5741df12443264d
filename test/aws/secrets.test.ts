import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { managedSecrets } from '../../platform/aws/secrets/secrets.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

describe('secrets in Secrets Manager', { skip: noEndpoint }, () => {
  it('are found by name under their stage, kept for a minute, and absent ones are no failure', async (t) => {
    const client = new SecretsManagerClient({ endpoint: endpoint ?? '' });
    t.after(() => client.destroy());
    const prefix = `mailweir/${Date.now()}/`;
    const clock = new VirtualClock();
    const secrets = managedSecrets({ client, prefix, clock });
    await client.send(new CreateSecretCommand({ Name: `${prefix}relay`, SecretString: 'letmein' }));
    assert.equal(await secrets.get('relay'), 'letmein');
    await client.send(new PutSecretValueCommand({ SecretId: `${prefix}relay`, SecretString: 'changed' }));
    assert.equal(await secrets.get('relay'), 'letmein');
    await clock.advance(60_001);
    assert.equal(await secrets.get('relay'), 'changed');
    assert.equal(await secrets.get('nothing'), undefined);
    await secrets.put('dkim.example.org.one', 'key');
    await secrets.put('dkim.example.org.one', 'newer key');
    assert.equal(await secrets.get('dkim.example.org.one'), 'newer key');
    assert.deepEqual(await secrets.names('dkim.example.org.'), ['dkim.example.org.one']);
    assert.deepEqual([await secrets.remove('dkim.example.org.one'), await secrets.remove('dkim.example.org.one')], [true, false]);
    await assert.rejects(secrets.put('../other-stage/relay', 'x'), /no name of a secret/);
    assert.equal(await secrets.get('../other-stage/relay'), undefined);
  });
});
