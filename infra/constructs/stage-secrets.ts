import { RemovalPolicy, SecretValue, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { secretsPath, stageSecrets } from '../../platform/aws/stage-names.ts';
import type { Stage } from '../stage.ts';

export interface StageSecretsProps {
  readonly stage: Stage;
  /** Of the certificate. @default - RETAIN: its private key may be nowhere else */
  readonly removalPolicy?: RemovalPolicy;
}

/** What stands in the certificate's secret until a certificate is put there: no PEM text, which listeners take as none. */
export const noCertificate = 'none';

/**
 * The secrets that every stage has, under names that the adapters know. CloudFormation writes a secret when it makes it and when the template's
 * own words for it change: these never do, so a deploy leaves alone what was put there.
 */
export class StageSecrets extends Construct {
  readonly certificate: Secret;
  readonly talk: Secret;

  constructor(scope: Construct, id: string, { stage, removalPolicy = RemovalPolicy.RETAIN }: StageSecretsProps) {
    super(scope, id);
    this.certificate = new Secret(this, 'Certificate', {
      secretName: secretsPath(stage) + stageSecrets.certificate,
      description: `Mailweir ${stage}: certificate chain and private key of the listeners, PEM. Put them here with put-secret-value.`,
      secretStringValue: SecretValue.unsafePlainText(noCertificate), // the template holds this word, and never a key
      removalPolicy,
    });
    this.talk = new Secret(this, 'Talk', {
      secretName: secretsPath(stage) + stageSecrets.talk,
      description: `Mailweir ${stage}: what tasks and functions prove to each other that they are of this stage`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY, // another one is as good
    });
    Validations.of(this.certificate).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Whoever issues the certificate renews it and puts it here; listeners take a new one without a restart.',
    });
    Validations.of(this.talk).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'It never leaves the VPC; a rotation would part tasks that know the new one from those that know the old one.',
    });
  }

  /** What listeners serve TLS with. */
  grantReadCertificate(grantee: IGrantable): Grant {
    return readOf(this.certificate, grantee);
  }

  /** What proves that one is of this stage. */
  grantReadTalk(grantee: IGrantable): Grant {
    return readOf(this.talk, grantee);
  }
}

/** The secret's own grant method adds DescribeSecret, which nobody asks for. */
const readOf = (secret: Secret, grantee: IGrantable): Grant =>
  Grant.addToPrincipal({ grantee, actions: ['secretsmanager:GetSecretValue'], resourceArns: [secret.secretArn] });
