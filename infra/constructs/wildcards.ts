import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Metadata of a construct that holds rights: which wildcard, and why it is there. */
export const wildcardKey = 'mailweir:wildcard';

export interface ExplainedWildcard {
  /** How the ARN ends that holds the wildcard: `/*`; or all of it: `*`. */
  readonly ends: string;
  readonly reason: string;
}

/**
 * Says why a right names no single resource, beside the right. Without it the check of the whole app refuses the wildcard. CDK's own
 * acknowledgement wants the finding to the letter, and in that stands how a reference between stacks is written.
 */
export function explainWildcard(grantee: IGrantable, ends: string, reason: string): void {
  const holders: readonly unknown[] = [grantee.grantPrincipal, grantee]; // of a managed policy only the second is one
  holders.find(Construct.isConstruct)?.node.addMetadata(wildcardKey, { ends, reason } satisfies ExplainedWildcard);
}
