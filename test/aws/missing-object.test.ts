import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NoSuchKey, S3ServiceException } from '@aws-sdk/client-s3';
import { isMissing } from '../../platform/aws/s3/missing-object.ts';

const answered = (name: string, httpStatusCode: number): S3ServiceException =>
  new S3ServiceException({ name, $fault: 'client', message: name, $metadata: { httpStatusCode } });

describe('an object that S3 does not give', () => {
  it('is missing when S3 says so, or denies access to it, as it does to whoever may not list', () => {
    assert.ok(isMissing(new NoSuchKey({ message: 'gone', $metadata: { httpStatusCode: 404 } })));
    assert.ok(isMissing(answered('NotFound', 404)));
    assert.ok(isMissing(answered('AccessDenied', 403)));
  });

  it('may well be there when it is our request that S3 does not like, or S3 that fails', () => {
    for (const name of ['RequestTimeTooSkewed', 'InvalidAccessKeyId', 'SignatureDoesNotMatch']) assert.ok(!isMissing(answered(name, 403)));
    assert.ok(!isMissing(answered('SlowDown', 503)));
    assert.ok(!isMissing(new Error('the connection broke')));
  });
});
