import { ArnFormat, RemovalPolicy, SecretValue, Stack, Validations } from 'aws-cdk-lib';
import { Effect, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { secretsPath, signingKeys, stageSecrets } from '../../platform/aws/stage-names.ts';
import type { Stage } from '../stage.ts';
import { explainWildcard } from './wildcards.ts';

export interface StageSecretsProps {
  readonly stage: Stage;
  /**
   * @default - kept when the stack goes: the private key may be nowhere else. Not kept when the stack could not be made: its name would be taken, and no
   * later try could come to an end
   */
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
  /** Before every name. */
  readonly #path: string;

  constructor(scope: Construct, id: string, { stage, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }: StageSecretsProps) {
    super(scope, id);
    this.#path = secretsPath(stage);
    this.certificate = new Secret(this, 'Certificate', {
      secretName: this.#path + stageSecrets.certificate,
      description: `Mailweir ${stage}: certificate chain and private key of the listeners, PEM. Put them here with put-secret-value.`,
      secretStringValue: SecretValue.unsafePlainText(noCertificate), // the template holds this word, and never a key
      removalPolicy,
    });
    Validations.of(this.certificate).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Whoever issues the certificate renews it and puts it here; listeners take a new one without a restart.',
    });
  }

  /** What listeners serve TLS with: this secret, or another one that `tls/certificate`, `tls/key` or `tls/client-ca` names, whose name must begin with the same word. */
  grantReadCertificate(grantee: IGrantable): Grant {
    const names = `${this.#path}${stageSecrets.certificate}*`;
    explainWildcard(grantee, names, 'A secret has six random letters behind its name; and settings may name another one that begins so.');
    return this.grantOn(grantee, names, 'secretsmanager:GetSecretValue');
  }

  /**
   * What settings and sources name for mail that goes out or is collected, under names of operators' choice. Not the key of TLS.
   * @param signing whether keys that sign mail are among them, which are found by a list
   */
  grantReadNamed(grantee: IGrantable, { signing }: { readonly signing: boolean }): Grant {
    explainWildcard(grantee, `${this.#path}*`, 'Settings and sources name secrets of operators’ choice, all below the name of the stage.');
    if (signing) this.grantFind(grantee);
    const kept = [stageSecrets.certificate, ...(signing ? [] : [signingKeys])];
    const resources = kept.map((name) => this.arnOf(`${this.#path}${name}*`));
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ effect: Effect.DENY, actions: ['secretsmanager:GetSecretValue'], resources }),
    );
    return this.grantOn(grantee, `${this.#path}*`, 'secretsmanager:GetSecretValue');
  }

  /** Every secret of the stage: keys that sign mail, passwords at other servers, the certificate. */
  grantOperate(grantee: IGrantable): Grant {
    explainWildcard(grantee, `${this.#path}*`, 'Operators make secrets under names of their own choice, all below the name of the stage.');
    this.grantFind(grantee);
    const actions = ['CreateSecret', 'PutSecretValue', 'GetSecretValue', 'DeleteSecret'].map((action) => `secretsmanager:${action}`);
    return this.grantOn(grantee, `${this.#path}*`, ...actions);
  }

  private grantFind(grantee: IGrantable): Grant {
    explainWildcard(
      grantee,
      '*',
      'secretsmanager:ListSecrets lists all or nothing: AWS knows no resource for it. It shows names, and no values.',
    );
    return Grant.addToPrincipal({ grantee, actions: ['secretsmanager:ListSecrets'], resourceArns: ['*'] });
  }

  private grantOn(grantee: IGrantable, name: string, ...actions: readonly string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [this.arnOf(name)] });
  }

  private arnOf(resourceName: string): string {
    return Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
