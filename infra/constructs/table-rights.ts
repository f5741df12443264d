import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

type Action = `dynamodb:${string}`;

/** Rights on the items of a table and on none of its indexes; the table's own verb adds all indexes by a wildcard as soon as there is one. */
export const grantOnItems = ({ tableArn }: TableV2, grantee: IGrantable, ...actions: readonly Action[]): Grant =>
  Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [tableArn] });

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/**
 * As above, on the items of some partitions.
 * @param partitions their keys; `*` stands for any text
 * @param others conditions, by their operators
 */
export const grantInPartitions = (
  table: TableV2,
  grantee: IGrantable,
  actions: readonly Action[],
  partitions: readonly string[],
  others: Conditions = {},
): Grant => grantByKeys(table, grantee, actions, { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions }, ...others });

/**
 * As above, on the items of all partitions but some.
 * @param partitions their keys, to the letter
 */
export const grantOutsideOf = (table: TableV2, grantee: IGrantable, actions: readonly Action[], partitions: readonly string[]): Grant =>
  grantByKeys(table, grantee, actions, { 'ForAllValues:StringNotEquals': { 'dynamodb:LeadingKeys': partitions } });

const grantByKeys = ({ tableArn }: TableV2, grantee: IGrantable, actions: readonly Action[], conditions: Conditions): Grant =>
  Grant.addToPrincipal({
    grantee,
    actions: [...actions],
    resourceArns: [tableArn],
    // Of no keys at all everything is true: a request that names none is refused by the second.
    conditions: { Null: { 'dynamodb:LeadingKeys': 'false' }, ...conditions },
  });
