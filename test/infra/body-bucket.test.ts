import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { rights, template } from './data-template.ts';

describe('the bucket of bodies', () => {
  it('stays when the stack goes or replaces it, since it holds the mail', () => {
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('keeps its logical id: under another one a deploy would begin a new, empty bucket', () => {
    assert.deepEqual(Object.keys(template.findResources('AWS::S3::Bucket')), ['Bodies41EE0129']);
  });

  it('never lets a body expire by age, and drops what a process that died left half uploaded', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.exact([
          { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
          { Status: 'Enabled', Prefix: 'texts/', ExpirationInDays: 90 },
          { Status: 'Enabled', Prefix: 'orphans/', ExpirationInDays: 30 }, // where nothing is put but what no row has named for two days
        ]),
      },
    });
  });

  it('lets the chore that sets bodies aside list and move those of the spool, and touch none of mailboxes', () => {
    const arn = { 'Fn::GetAtt': ['Bodies41EE0129', 'Arn'] };
    const under = (path: string) => ({ 'Fn::Join': ['', [arn, path]] });
    assert.deepEqual(
      rights((stack, role) => stack.bodies.grantSetAside(role)),
      [
        { Action: 's3:ListBucket', Effect: 'Allow', Resource: arn, Condition: { StringLike: { 's3:prefix': 'spool/*' } } },
        { Action: ['s3:DeleteObject', 's3:GetObject'], Effect: 'Allow', Resource: under('/spool/*') },
        { Action: 's3:PutObject', Effect: 'Allow', Resource: under('/orphans/*') },
      ],
    );
  });

  it('keeps no versions: a body that is removed is meant to be gone', () => {
    template.hasResourceProperties('AWS::S3::Bucket', { VersioningConfiguration: Match.absent() });
  });

  it('is encrypted at rest', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
    });
  });

  it('cannot be opened to the public, by policy or by ACL', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
  });

  it('refuses everybody who comes without TLS, for the bucket and for each body', () => {
    const arn = { 'Fn::GetAtt': ['Bodies41EE0129', 'Arn'] };
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: 'Bodies41EE0129' },
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 's3:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }],
          },
        ]),
      },
    });
  });

  const onBodies = (action: string | readonly string[]) => [
    { Action: action, Effect: 'Allow', Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bodies41EE0129', 'Arn'] }, '/*']] } },
  ];

  it('lets a listener put bodies and abort what was left in the midst, and read none', () => {
    assert.deepEqual(
      rights((stack, role) => stack.bodies.grantStage(role)),
      onBodies(['s3:AbortMultipartUpload', 's3:PutObject']),
    );
  });

  it('lets a reader get the bodies it was told of, and list none', () => {
    assert.deepEqual(
      rights((stack, role) => stack.bodies.grantRead(role)),
      onBodies('s3:GetObject'),
    );
  });

  it('lets a sweeper remove bodies, and read none', () => {
    assert.deepEqual(
      rights((stack, role) => stack.bodies.grantRemove(role)),
      onBodies('s3:DeleteObject'),
    );
  });
});
