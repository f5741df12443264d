/**
 * Names of keys of our DynamoDB tables. The CDK app makes the tables from them and the adapters write by them, so that the two cannot drift apart.
 * A change of a partition key makes CloudFormation replace the table.
 */
export const slotTableShape = {
  /** What is counted under a limit, or a holder: both kinds of rows stand in one table. */
  partitionKey: 'pk',
  /** Seconds since 1970, as DynamoDB's TTL reads them; leases and all else of ours are in ms. */
  expiry: 'ttl',
} as const;
