import { S3ServiceException } from '@aws-sdk/client-s3';

/**
 * Whoever may not list a bucket is denied access to an object that is not there. Other refusals (a clock that is wrong, credentials that are over) say
 * nothing of the object: a client that was told that its message is empty would believe it for ever.
 */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof S3ServiceException)) return false;
  const status = error.$metadata.httpStatusCode;
  return error.name === 'NoSuchKey' || status === 404 || (status === 403 && error.name === 'AccessDenied');
}
