import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/** Rights on the items of a table and on none of its indexes; the table's own verb adds all indexes by a wildcard as soon as there is one. */
export const grantOnItems = ({ tableArn }: TableV2, grantee: IGrantable, ...actions: readonly `dynamodb:${string}`[]): Grant =>
  Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [tableArn] });
