import { CommandFailure } from '../command.ts';

/** What AWS, or the SDK on the way to it, calls what went wrong, in words of who typed the command. */
interface Meaning {
  readonly names: readonly string[];
  readonly text: (stage: string, error: Error) => string;
  readonly hint: (stage: string) => string;
}

const region = (): string => process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'the Region of your profile';

const meanings: readonly Meaning[] = [
  {
    names: ['CredentialsProviderError'],
    text: () => 'there are no AWS credentials here',
    hint: () => 'log in (aws sso login, aws configure), and name the profile with AWS_PROFILE',
  },
  {
    names: [
      'ExpiredToken',
      'ExpiredTokenException',
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
      'RequestExpired',
    ],
    text: (_, { message }) => `AWS does not take these credentials: ${message}`,
    hint: () => 'log in again (aws sso login), or see which are used: aws sts get-caller-identity',
  },
  {
    names: ['ParameterNotFound'],
    text: (stage) => `there is no stage ${stage} in ${region()}`,
    hint: () =>
      'aws ssm get-parameters-by-path --path /mailweir-stages --query Parameters[].Name lists them; AWS_REGION names another Region',
  },
  {
    names: ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'UnauthorizedException'],
    text: (_, { message }) => `AWS does not allow it: ${message}`,
    hint: (stage) => `whoever operates the stage needs the managed policy mailweir-${stage}-operator`,
  },
  {
    names: ['ResourceNotFoundException', 'NoSuchBucket', 'QueueDoesNotExist'],
    text: (stage, { message }) => `the stage ${stage}, or a part of it, is not in ${region()}: ${message}`,
    hint: () => 'is that its name, is AWS_REGION its Region, and its deploy complete and of this version?',
  },
  {
    names: ['ThrottlingException', 'TooManyRequestsException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded'],
    text: (_, { message }) => `AWS is asked too much at once: ${message}`,
    hint: () => 'try again in a moment',
  },
];

const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT']);

/** @returns the same in words that say what to do; what is no failure of AWS as it is */
export function inOperatorsWords(error: unknown, stage: string): unknown {
  if (error instanceof CommandFailure) return error;
  for (const cause of causesOf(error)) {
    const meaning = meanings.find(({ names }) => names.includes(cause.name));
    if (meaning !== undefined) return new CommandFailure('failed', meaning.text(stage, cause), meaning.hint(stage));
    if (cause.message === 'Region is missing')
      return new CommandFailure('failed', 'it is not said in which Region', 'set AWS_REGION, or a region in your profile');
    if ('code' in cause && typeof cause.code === 'string' && unreachable.has(cause.code))
      return new CommandFailure(
        'failed',
        `AWS can't be reached: ${cause.message || cause.code}`,
        'is there a network, and is AWS_REGION right?',
      );
  }
  return error;
}

function* causesOf(error: unknown): Generator<Error> {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 10; depth++) {
    yield cause;
    if (cause instanceof AggregateError) for (const one of cause.errors) if (one instanceof Error) yield one;
    cause = cause.cause;
  }
}
