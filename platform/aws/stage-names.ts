/** What a stage's parts are found by, known without asking anybody: the CDK app makes them so, the command line and the functions look there. */

/** Of all settings in Parameter Store, each by its own name behind it. @returns with a slash at the end */
export const settingsPath = (stage: string): string => `/mailweir/${stage}/`;

/** The one parameter of a stage that names its tables, queues and functions: JSON of the variables that its tasks have in their environment. */
export const worldParameter = (stage: string): string => `/mailweir-stages/${stage}`;

/** Before the name of every secret of a stage in Secrets Manager; `secret:NAME` in a setting is behind it. */
export const secretsPath = (stage: string): string => `mailweir/${stage}/`;

/** Names of secrets that every stage has, behind `secretsPath`. Processes prove to each other who they are without one: see talk/listing.ts. */
export const stageSecrets = {
  /** PEM text: certificate chain and private key of the listeners. */
  certificate: 'certificate',
} as const;

/** Before the names of secrets that sign mail, behind `secretsPath`. */
export const signingKeys = 'dkim.';

/** Name of the function that asks a stage's processes for whoever is outside of the VPC. */
export const askFunction = (stage: string): string => `mailweir-${stage}-ask-processes`;
