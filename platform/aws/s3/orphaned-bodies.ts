import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CopyObjectCommand, DeleteObjectsCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../../core/values/clock.ts';
import { readSpoolBodies } from '../spool/bodies-in-spool.ts';
import { bodyKeys, orphanPrefix } from '../table-shapes.ts';
import { listOldBodies, type OldBody } from './list-old-bodies.ts';

export interface OrphanDeps {
  readonly s3: Pick<S3Client, 'send'>;
  readonly bucket: string;
  readonly dynamo: Pick<DynamoDBClient, 'send'>;
  /** That of the spool. */
  readonly spool: string;
  readonly clock: Clock;
}

export interface OrphansFound {
  readonly setAside: number;
  /** Where the next run goes on; undefined: from the beginning. */
  readonly next: string | undefined;
}

/**
 * A body gets its row within the session that brought it. After so long it has one, or will never have one; so a look at the rows that comes
 * after the look at the bodies misses none that matters.
 */
const oldEnough = 48 * 3_600_000; // ms
const pagesAtOnce = 20; // of 1,000 objects
const movesAtOnce = 8;

/**
 * Sets aside what crashes left in the spool's part of the bucket: bodies whose row was never written, or whose last row went while they did not.
 *
 * Mail must never be lost by it. So nothing is decided before the whole spool was read, strongly consistent and after the listing; a run that
 * could not read it to the end leaves all as it is; objects whose names are none of ours stay; and what is set aside is moved, not removed: the
 * bucket keeps it for weeks, and an operator can put it back.
 * @param deadline by the monotonic clock, ms: nothing is begun after it
 */
export async function setAsideOrphans(deps: OrphanDeps, from: string | undefined, deadline: number): Promise<OrphansFound> {
  const { s3, bucket, dynamo, spool, clock } = deps;
  const goOn = (): boolean => clock.monotonic() < deadline;
  const { bodies, next } = await listOldBodies(s3, bucket, { from, before: clock.now() - oldEnough, mostPages: pagesAtOnce });
  const unnamed = new Map(bodies.map((body) => [body.id, body]));
  if (unnamed.size === 0) return { setAside: 0, next };
  if (!(await readSpoolBodies(dynamo, spool, (body) => void unnamed.delete(body), goOn))) return { setAside: 0, next: from };
  const orphans = [...unnamed.values()];
  let setAside = 0;
  for (let at = 0; at < orphans.length; at += movesAtOnce) {
    if (!goOn()) return { setAside, next: from };
    await Promise.all(orphans.slice(at, at + movesAtOnce).map((body) => move(body, deps)));
    setAside += Math.min(movesAtOnce, orphans.length - at);
  }
  return { setAside, next };
}

/** Copied first: should this end in between, the next run does it again. */
async function move({ keys }: OldBody, { s3, bucket }: OrphanDeps): Promise<void> {
  try {
    for (const key of keys) {
      const name = key.slice(bodyKeys.body('').length);
      await s3.send(new CopyObjectCommand({ Bucket: bucket, CopySource: `${bucket}/${key}`, Key: orphanPrefix + name }));
    }
  } catch (error) {
    if (error instanceof NoSuchKey) return; // another run has moved it
    throw error;
  }
  const { Errors = [] } = await s3.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true } }),
  );
  const [first] = Errors;
  if (first !== undefined) throw new Error(`${first.Key} was copied and could not be removed: ${first.Code} ${first.Message}`);
}
