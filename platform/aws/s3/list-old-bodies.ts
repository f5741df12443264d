import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { encodeTime, TIME_LEN } from 'ulid';
import type { BodyId } from '../../../core/values/ids.ts';
import { bodyKeys } from '../table-shapes.ts';

/** Objects of one body in the spool's part of the bucket. */
export interface OldBody {
  readonly id: BodyId;
  readonly keys: readonly string[];
}

export interface OldBodies {
  readonly bodies: readonly OldBody[];
  /** Where to go on; undefined when all were seen. */
  readonly next: string | undefined;
}

export interface OldBodiesAsked {
  /** Begins behind this key. @default - with the oldest */
  readonly from?: string | undefined;
  /** ms since the epoch. */
  readonly before: number;
  /** Pages of 1,000 objects. */
  readonly mostPages: number;
}

const prefix = bodyKeys.body('');
/** Nothing but what this project puts there: another object is somebody else's, and stays. */
const ours = new RegExp(`^${prefix}([0-9A-HJKMNP-TV-Z]{26})(\\.facts)?$`);

/**
 * Bodies in the spool's part of the bucket that were last written before a time, oldest first. Ids begin with the time they were made at, so the
 * listing ends where younger ones begin; but it is S3 that says how old an object is.
 */
export async function listOldBodies(
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  { from, before, mostPages }: OldBodiesAsked,
): Promise<OldBodies> {
  const found = new Map<BodyId, string[]>();
  const end = prefix + encodeTime(before, TIME_LEN);
  let last = from;
  for (let page = 0; page < mostPages; page += 1) {
    const request = { Bucket: bucket, Prefix: prefix, ...(last === undefined ? {} : { StartAfter: last }) };
    const { Contents = [], IsTruncated } = await s3.send(new ListObjectsV2Command(request));
    for (const { Key = '', LastModified } of Contents) {
      const id = ours.exec(Key)?.[1] as BodyId | undefined;
      if (id === undefined || LastModified === undefined || LastModified.getTime() >= before) continue;
      found.set(id, [...(found.get(id) ?? []), Key]);
    }
    last = Contents.at(-1)?.Key ?? last;
    if (IsTruncated !== true || last === undefined || last >= end) return { bodies: bodiesOf(found), next: undefined };
  }
  return { bodies: bodiesOf(found), next: last };
}

const bodiesOf = (found: ReadonlyMap<BodyId, readonly string[]>): readonly OldBody[] => [...found].map(([id, keys]) => ({ id, keys }));
