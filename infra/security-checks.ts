import type { PolicyValidationPluginReport, PolicyViolation } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { type ExplainedWildcard, wildcardKey } from './constructs/wildcards.ts';

/** AwsSolutions of cdk-nag over the whole app: what it finds is put right or acknowledged beside the construct, wildcards in rights by `explainWildcard`. */
export class SecurityChecks extends AwsSolutionsChecks {
  override validateScope(scope: IConstruct): PolicyValidationPluginReport {
    const violations = super.validateScope(scope).violations.flatMap((violation) => unexplained(violation, scope));
    return { success: violations.length === 0, violations };
  }
}

const wildcardResource = /^AwsSolutions-IAM5\[Resource::(?<arn>.*)\]$/s;

function unexplained(violation: PolicyViolation, scope: IConstruct): readonly PolicyViolation[] {
  const arn = wildcardResource.exec(violation.ruleName)?.groups?.arn;
  if (arn === undefined) return [violation];
  const left = violation.violatingResources.filter(({ constructPath }) => !explained(constructAt(scope, constructPath), arn));
  return left.length === 0 ? [] : [{ ...violation, violatingResources: left }];
}

/** By itself, or by the role that it is a policy of. */
const explained = (construct: IConstruct | undefined, arn: string): boolean =>
  construct?.node.scopes.some(({ node }) =>
    node.metadata.some(({ type, data }) => type === wildcardKey && matches(data as ExplainedWildcard, arn)),
  ) ?? false;

const matches = ({ ends }: ExplainedWildcard, arn: string): boolean => (ends === '*' ? arn === ends : arn.endsWith(ends));

function constructAt(scope: IConstruct, path = ''): IConstruct | undefined {
  const steps = path.split('/').filter((step) => step !== '');
  return steps.reduce<IConstruct | undefined>((at, step) => at?.node.tryFindChild(step), scope.node.root);
}
