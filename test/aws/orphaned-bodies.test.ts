import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Address } from '../../core/values/address.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { SpoolId } from '../../core/values/ids.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { openBodyClient } from '../../platform/aws/s3/body-objects.ts';
import { type OrphanDeps, setAsideOrphans } from '../../platform/aws/s3/orphaned-bodies.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { letter, stage } from '../contract/worlds.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { makeSpoolPlace, type SpoolPlace } from './spool-table.ts';

const newId = systemNewId();
const days = (count: number): Clock => ({ ...systemClock, now: () => systemClock.now() + count * 86_400_000 });
const never = Number.POSITIVE_INFINITY;

interface Scene {
  readonly place: SpoolPlace;
  readonly s3: S3Client;
  /** As it is three days later: what is there now is old by then. */
  readonly deps: OrphanDeps;
  /** @returns the id of the body */
  accepted(): Promise<string>;
  orphan(): Promise<string>;
  keys(): Promise<readonly string[]>;
}

async function scene(t: TestContext): Promise<Scene> {
  const at = endpoint ?? '';
  const place = await makeSpoolPlace(at);
  const [s3, dynamo] = [openBodyClient(at), openPatientClient({ endpoint: at })];
  t.after(async () => {
    await place.remove();
    s3.destroy();
    dynamo.destroy();
  });
  const { bucket, table: spool, bodies } = place;
  return {
    place,
    s3,
    deps: { s3, bucket, dynamo, spool, clock: days(3) },
    accepted: async () => {
      const body = await stage({ bodies }, letter('kept'));
      const nextHop = { kind: 'domain', domain: 'example.net' } as const;
      const row = { nextHop, reversePath: '' as const, recipients: [{ address: 'bob@example.net' as Address }] };
      await place.spool.add(newId() as SpoolId, body, [{ ...row, declared: { eightBit: false, utf8: false } }], systemClock.now());
      return body.id;
    },
    orphan: async () => (await stage({ bodies }, letter('lost'))).id,
    keys: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
  };
}

describe('bodies in the spool that no row names', { skip: noEndpoint }, () => {
  it('are set aside when they are old, and can still be read there; those of rows stay', async (t) => {
    const { deps, accepted, orphan, keys, s3, place } = await scene(t);
    const [kept, lost] = [await accepted(), await orphan()];
    assert.deepEqual(await setAsideOrphans(deps, undefined, never), { setAside: 1, next: undefined });
    assert.deepEqual(await keys(), [`orphans/${lost}`, `spool/${kept}`]);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: place.bucket, Key: `orphans/${lost}` }));
    assert.match((await Body?.transformToString()) ?? '', /lost/);
    assert.deepEqual(await setAsideOrphans(deps, undefined, never), { setAside: 0, next: undefined });
  });

  it('stay for two days, whatever they are: their row may be about to be written', async (t) => {
    const { deps, orphan, keys } = await scene(t);
    const lost = await orphan();
    await setAsideOrphans({ ...deps, clock: systemClock }, undefined, never);
    await setAsideOrphans({ ...deps, clock: days(1.9) }, undefined, never);
    assert.deepEqual(await keys(), [`spool/${lost}`]);
  });

  it('stay when the spool could not be read, or not to its end', async (t) => {
    const { deps, orphan, keys } = await scene(t);
    const lost = await orphan();
    const broken = { send: () => Promise.reject(new Error('throttled')) } as unknown as OrphanDeps['dynamo'];
    await assert.rejects(setAsideOrphans({ ...deps, dynamo: broken }, undefined, never), /throttled/);
    assert.deepEqual(await setAsideOrphans(deps, 'spool/0', Number.NEGATIVE_INFINITY), { setAside: 0, next: 'spool/0' });
    assert.deepEqual(await keys(), [`spool/${lost}`]);
  });

  it('go with the facts beside them, and objects of others are not touched', async (t) => {
    const { deps, orphan, keys, s3, place } = await scene(t);
    const lost = await orphan();
    for (const Key of [`spool/${lost}.facts`, 'spool/README', `spool/${lost}/part`, `mail/${lost}`])
      await s3.send(new PutObjectCommand({ Bucket: place.bucket, Key, Body: 'x' }));
    await setAsideOrphans(deps, undefined, never);
    assert.deepEqual(
      await keys(),
      [`mail/${lost}`, `orphans/${lost}`, `orphans/${lost}.facts`, `spool/${lost}/part`, 'spool/README'].toSorted(),
    );
  });

  it('are moved once when two runs meet, and a run that died between its two steps is finished by the next', async (t) => {
    const { deps, orphan, keys, s3, place } = await scene(t);
    const lost = await Promise.all(Array.from({ length: 12 }, orphan));
    await s3.send(new PutObjectCommand({ Bucket: place.bucket, Key: `orphans/${lost[0]}`, Body: 'copied already' }));
    await Promise.all([setAsideOrphans(deps, undefined, never), setAsideOrphans(deps, undefined, never)]);
    assert.deepEqual(await keys(), lost.map((id) => `orphans/${id}`).toSorted());
  });
});
