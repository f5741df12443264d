import { RemovalPolicy, SecretValue, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { secretsPath, stageSecrets } from '../../platform/aws/stage-names.ts';
import type { Stage } from '../stage.ts';

export interface StageSecretsProps {
  readonly stage: Stage;
  /** @default - RETAIN: the private key may be nowhere else */
  readonly removalPolicy?: RemovalPolicy;
}

/** What stands in the certificate's secret until a certificate is put there: no PEM text, which listeners take as none. */
export const noCertificate = 'none';

/**
 * The secret that every stage has, under a name that the adapters know. CloudFormation writes a secret when it makes it and when the template's
 * own words for it change: these never do, so a deploy leaves alone what was put there.
 */
export class StageSecrets extends Construct {
  readonly certificate: Secret;

  constructor(scope: Construct, id: string, { stage, removalPolicy = RemovalPolicy.RETAIN }: StageSecretsProps) {
    super(scope, id);
    this.certificate = new Secret(this, 'Certificate', {
      secretName: secretsPath(stage) + stageSecrets.certificate,
      description: `Mailweir ${stage}: certificate chain and private key of the listeners, PEM. Put them here with put-secret-value.`,
      secretStringValue: SecretValue.unsafePlainText(noCertificate), // the template holds this word, and never a key
      removalPolicy,
    });
    Validations.of(this.certificate).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Whoever issues the certificate renews it and puts it here; listeners take a new one without a restart.',
    });
  }

  /** What listeners serve TLS with. The secret's own verb adds DescribeSecret, which nobody asks for. */
  grantReadCertificate(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['secretsmanager:GetSecretValue'], resourceArns: [this.certificate.secretArn] });
  }
}
