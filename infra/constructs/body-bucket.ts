import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bodyKeys, orphanPrefix, textPackKeys } from '../../platform/aws/table-shapes.ts';
import { explainWildcard } from './wildcards.ts';

export interface BodyBucketProps {
  /** @default - RETAIN: it holds the mail, so it stays when the stack is deleted, and is removed by hand */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * How long the parts of an upload that was never completed are kept and paid for. Whole days, as S3 counts them.
   * @default - 1 day: a body arrives within one SMTP transaction, so what is older belongs to a process that died
   */
  readonly keepUnfinishedUploads?: Duration;
  /**
   * How long bodies are kept that were found without a row that names them: until then an operator can put one back. Whole days.
   * @default - 30 days
   */
  readonly keepOrphans?: Duration;
  /**
   * How long is kept what searches have learnt about the texts of messages, from when they did. Whole days.
   * @default - 90 days
   */
  readonly keepTextPacks?: Duration;
}

/**
 * The bucket behind MessageBodies. Bodies never expire by age: the store removes one when nobody points to it any more.
 * Names of bodies are random ids of ours, and no worker may list them: it reads and removes only bodies it was told of.
 */
export class BodyBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: BodyBucketProps = {}) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Resource', {
      encryption: BucketEncryption.S3_MANAGED, // no charge and no KMS request per body
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED, // no ACLs: rights stand in policies alone
      enforceSSL: true,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: props.keepUnfinishedUploads ?? Duration.days(1) },
        // Searches make them anew: so goes what tells of deleted mailboxes and expunged messages, and what nobody searches.
        { prefix: textPackKeys.prefix, expiration: props.keepTextPacks ?? Duration.days(90) },
        { prefix: orphanPrefix, expiration: props.keepOrphans ?? Duration.days(30) },
      ],
      // No versions: a body is written once under a name of its own, and one that is removed is meant to be gone.
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Nobody but tasks and functions of the stage has rights on bodies; a log of each request would cost a line and a bucket of its own.',
    });
  }

  /** Receive bodies. A long one goes up in parts, and a client that leaves in the midst of DATA leaves an upload to abort. */
  grantStage(grantee: IGrantable): Grant {
    return this.grantOnBodies(grantee, '*', 's3:PutObject', 's3:AbortMultipartUpload');
  }

  /**
   * Receive bodies into the spool, and drop those that are refused in the end. Long facts of a message stand beside its body: whoever is given a
   * message a second time reads them there. Bodies it can't read.
   */
  grantAccept(grantee: IGrantable): Grant {
    const facts = bodyKeys.facts('*');
    explainWildcard(grantee, `/${facts}`, 'Bodies have random names, and long facts stand beside them.');
    return this.grantOnBodies(grantee, bodyKeys.body('*'), 's3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject').combine(
      this.grantOnBodies(grantee, facts, 's3:GetObject'),
    );
  }

  /** Receive bodies into the spool, read and remove them there: of mailboxes it sees none. */
  grantRelay(grantee: IGrantable): Grant {
    const actions = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject', 's3:DeleteObject'];
    return this.grantOnBodies(grantee, bodyKeys.body('*'), ...actions);
  }

  /** Read bodies by id. Without s3:ListBucket S3 answers 403, not 404, for a body that is gone. */
  grantRead(grantee: IGrantable): Grant {
    return this.grantOnBodies(grantee, '*', 's3:GetObject');
  }

  /** Remove bodies that nobody points to. */
  grantRemove(grantee: IGrantable): Grant {
    return this.grantOnBodies(grantee, '*', 's3:DeleteObject');
  }

  /** Find bodies in the spool's part that no row names, and move them to where the bucket removes them weeks later. */
  grantSetAside(grantee: IGrantable): Grant {
    const spool = bodyKeys.body('*');
    explainWildcard(grantee, '/*', 'Bodies have random names, and those without a row are found by a list alone.');
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': spool } },
    })
      .combine(
        Grant.addToPrincipal({ grantee, actions: ['s3:GetObject', 's3:DeleteObject'], resourceArns: [this.bucket.arnForObjects(spool)] }),
      )
      .combine(Grant.addToPrincipal({ grantee, actions: ['s3:PutObject'], resourceArns: [this.bucket.arnForObjects(`${orphanPrefix}*`)] }));
  }

  /** The bucket's own grant methods add listing, tagging, retention or ACLs. */
  private grantOnBodies(grantee: IGrantable, keys: string, ...actions: readonly string[]): Grant {
    explainWildcard(grantee, '/*', 'Bodies have random names; which ones a worker may touch, rows say that it may read.');
    return Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [this.bucket.arnForObjects(keys)] });
  }
}
