/**
 * Names of keys and attributes of our DynamoDB tables. The CDK app makes the tables from them and the adapters write by them, so that the two
 * cannot drift apart. A change of a partition key makes CloudFormation replace the table. Names in items that many processes write are short:
 * each write is paid by the size of its item.
 */
export const slotTableShape = {
  /** What is counted under a limit, or a holder: both kinds of rows stand in one table. */
  partitionKey: 'pk',
  /** Seconds since 1970, as DynamoDB's TTL reads them; leases and all else of ours are in ms. */
  expiry: 'ttl',

  /** Before a slot key. */
  keyPrefix: 'k/',
  /** Sum of the entries. */
  count: 'n',
  /** The limit in force, on keys of totals. */
  limit: 'lim',
  /** Before the id of a holder whose entry it is: `[count, version]`. No other attribute of a key begins so. */
  entryPrefix: 'h',

  /** Before the id of a holder. */
  holderPrefix: 'h/',
  /** `live` or `dead`. */
  state: 'state',
  /** Store time, ms. */
  leaseUntil: 'leaseUntil',
  /** Requests that wait for the holder, in order. */
  asks: 'asks',
} as const;
