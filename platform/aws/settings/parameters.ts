import { GetParametersByPathCommand, type Parameter, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type Parameters, parameterText, unsetWord } from '../../../core/settings/parameter-values.ts';
import { settingsPath } from '../stage-names.ts';

/** What Parameter Store gives in one page. */
const pageSize = 10;
/** All settings are some hundred parameters; more pages than these would be somebody's mistake, and no reason to read for ever. */
const mostPages = 100;
/** What a standard parameter takes, octets; ours are settings of at most 1,000 characters. */
const mostOctets = 4096;

/** The settings of one stage in Parameter Store. */
export interface ParameterStore {
  /** Every parameter under the stage's path by the name of its setting, those that are not set too. */
  read(): Promise<Parameters>;
  /** Sets one, or with undefined says that nobody sets it; the parameter itself stays, because it belongs to the deploy. */
  put(name: string, value: string | undefined): Promise<void>;
}

/**
 * Few requests a second are allowed, for all that an account does: the SDK waits longer and longer, and repeats.
 * @param endpoint @default that of the Region
 */
export const openParameterClient = (endpoint?: string): SSMClient =>
  new SSMClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 8,
    retryMode: 'adaptive', // its own pace under throttling, instead of bursts
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, socketTimeout: 5_000, throwOnRequestTimeout: true },
  });

export function parameterStore(client: Pick<SSMClient, 'send'>, stage: string): ParameterStore {
  const path = settingsPath(stage);
  return {
    async read() {
      const found = new Map<string, string | undefined>();
      let NextToken: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const request = { Path: path, Recursive: true, MaxResults: pageSize, ...(NextToken === undefined ? {} : { NextToken }) };
        const answer = await client.send(new GetParametersByPathCommand(request));
        for (const parameter of answer.Parameters ?? []) found.set(...namedValue(parameter, path));
        NextToken = answer.NextToken;
        if (NextToken === undefined || NextToken === '') return found;
      }
      throw new Error(`there are more than ${mostPages * pageSize} parameters under ${path}`);
    },
    async put(name, value) {
      const Value = value === undefined ? unsetWord : (parameterText(value) ?? unsetWord);
      if (Buffer.byteLength(Value) > mostOctets) throw new Error(`a parameter takes ${mostOctets} octets; the value of ${name} has more`);
      await client.send(new PutParameterCommand({ Name: path + name, Value, Type: 'String', Overwrite: true }));
    },
  };
}

/** Without a right to decrypt, the text of a SecureString is none of its own. */
const namedValue = ({ Name = '', Value = '', Type }: Parameter, path: string): [name: string, value: string | undefined] => [
  Name.startsWith(path) ? Name.slice(path.length) : Name,
  Type === 'SecureString' ? undefined : Value,
];
