/** What the CDK app tells a function or a listener through its environment. */
export interface WorldNames {
  readonly stage: string;
  readonly tables: {
    readonly slots: string;
    readonly spool: string;
    readonly failures: string;
    readonly addresses: string;
    readonly collect: string;
  };
  readonly bucket: string;
  /** Of the edge, as other hosts know it; `server/hostname` takes its place. */
  readonly hostname: string;
  readonly queues: { readonly outbound: string; readonly local: string; readonly collect: string };
}

/** What those have besides that reach mailboxes: the listeners, and the functions that deliver into mailboxes. */
export interface MailWorldNames extends WorldNames {
  readonly tables: WorldNames['tables'] & { readonly mail: string };
}

/** Name of each variable, and what it says. */
export const environment = {
  stage: 'MAILWEIR_STAGE',
  slots: 'MAILWEIR_SLOTS_TABLE',
  spool: 'MAILWEIR_SPOOL_TABLE',
  failures: 'MAILWEIR_FAILURES_TABLE',
  addresses: 'MAILWEIR_ADDRESSES_TABLE',
  collect: 'MAILWEIR_COLLECT_TABLE',
  bucket: 'MAILWEIR_BODIES_BUCKET',
  outbound: 'MAILWEIR_OUTBOUND_QUEUE',
  local: 'MAILWEIR_LOCAL_QUEUE',
  collecting: 'MAILWEIR_COLLECT_QUEUE',
  hostname: 'MAILWEIR_HOSTNAME',
} as const;

/** Of those that reach mailboxes, besides. */
export const mailEnvironment = { mail: 'MAILWEIR_MAIL_TABLE' } as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws naming every variable that is missing */
export function worldNames(env: Environment): WorldNames {
  requireVariables(env, Object.values(environment));
  const of = (name: keyof typeof environment): string => env[environment[name]] ?? '';
  return {
    stage: of('stage'),
    tables: { slots: of('slots'), spool: of('spool'), failures: of('failures'), addresses: of('addresses'), collect: of('collect') },
    bucket: of('bucket'),
    queues: { outbound: of('outbound'), local: of('local'), collect: of('collecting') },
    hostname: of('hostname'),
  };
}

/** @throws naming every variable that is missing */
export function mailWorldNames(env: Environment): MailWorldNames {
  requireVariables(env, [...Object.values(environment), ...Object.values(mailEnvironment)]);
  const names = worldNames(env);
  return { ...names, tables: { ...names.tables, mail: env[mailEnvironment.mail] ?? '' } };
}

function requireVariables(env: Environment, variables: readonly string[]): void {
  const missing = variables.filter((name) => (env[name] ?? '') === '');
  if (missing.length > 0) throw new Error(`missing in the environment: ${missing.join(', ')}`);
}
