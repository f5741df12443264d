import {
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  ParameterAlreadyExists,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { DeclaredParameter } from '../../../core/settings/declared-parameters.ts';
import { parameterText, unsetWord } from '../../../core/settings/parameter-values.ts';

export interface DeclareDeps {
  readonly client: Pick<SSMClient, 'send'>;
  /** With a slash at the end. */
  readonly path: string;
}

/** What a run did, by the names of settings. */
export interface Declared {
  readonly made: readonly string[];
  /** Those with another description than before. */
  readonly described: readonly string[];
  readonly removed: readonly string[];
}

interface Standing {
  readonly isSet: boolean;
  readonly version: number;
  readonly description: string | undefined;
}

/**
 * Makes a parameter for each setting that has none, describes those anew that nobody has set, and removes those that nobody has set and no setting
 * has. What an operator has set is left alone, description and all: Parameter Store writes a description only together with a value.
 */
export async function declareParameters(deps: DeclareDeps, wanted: readonly DeclaredParameter[]): Promise<Declared> {
  const standing = await standingParameters(deps);
  const made: string[] = [];
  const described: string[] = [];
  for (const { name, description } of wanted) {
    const before = standing.get(name);
    if (before === undefined) {
      if (await isMade(deps, name, description)) made.push(name);
    } else if (!before.isSet && before.description !== description) {
      await describeAnew(deps, name, description, before.version);
      described.push(name);
    }
  }
  const names = new Set(wanted.map(({ name }) => name));
  const removed = [...standing].filter(([name, { isSet }]) => !isSet && !names.has(name)).map(([name]) => name);
  await remove(deps, removed);
  return { made, described, removed };
}

/** @param which `unset`: what operators have set stays, for a stage that is made again. @returns names */
export async function removeParameters(deps: DeclareDeps, which: 'all' | 'unset'): Promise<readonly string[]> {
  const standing = await standingParameters(deps);
  const removed = [...standing].filter(([, { isSet }]) => which === 'all' || !isSet).map(([name]) => name);
  await remove(deps, removed);
  return removed;
}

async function standingParameters({ client, path }: DeclareDeps): Promise<ReadonlyMap<string, Standing>> {
  const described = await descriptions({ client, path });
  const standing = new Map<string, Standing>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetParametersByPathCommand({ Path: path, Recursive: true, MaxResults: 10, ...after(NextToken) }));
    for (const { Name = '', Value = '', Version = 0, Type } of page.Parameters ?? []) {
      const isSet = Type !== 'String' || parameterText(Value) !== undefined;
      standing.set(Name.slice(path.length), { isSet, version: Version, description: described.get(Name) });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== '');
  return standing;
}

async function descriptions({ client, path }: DeclareDeps): Promise<ReadonlyMap<string, string | undefined>> {
  const filter = { Key: 'Path', Option: 'Recursive', Values: [path.replace(/\/$/, '')] };
  const found = new Map<string, string | undefined>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(new DescribeParametersCommand({ ParameterFilters: [filter], MaxResults: 50, ...after(NextToken) }));
    for (const { Name = '', Description } of page.Parameters ?? []) found.set(Name, Description);
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== '');
  return found;
}

const after = (NextToken: string | undefined): { readonly NextToken?: string } => (NextToken === undefined ? {} : { NextToken });

/** @returns false when somebody set it meanwhile */
async function isMade({ client, path }: DeclareDeps, name: string, Description: string): Promise<boolean> {
  const request = { Name: path + name, Type: 'String', Value: unsetWord, Description, Overwrite: false } as const;
  try {
    await client.send(new PutParameterCommand(request));
    return true;
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return false;
    throw error;
  }
}

/** Each time somebody else wrote in the moment between look and write. */
const mostRepairs = 5;

/**
 * A parameter knows no conditional write. But each write has a number, and old values are kept: if ours is not the one after the version that was
 * looked at, an operator wrote in between, and his value is put back.
 */
async function describeAnew({ client, path }: DeclareDeps, name: string, Description: string, seen: number): Promise<void> {
  const Name = path + name;
  let Value = unsetWord;
  let last = seen;
  for (let tries = 0; tries < mostRepairs; tries += 1) {
    const { Version = last + 1 } = await client.send(
      new PutParameterCommand({ Name, Type: 'String', Value, Description, Overwrite: true }),
    );
    if (Version === last + 1) return;
    Value = await valueOfVersion(client, Name, Version - 1);
    last = Version;
  }
  throw new Error(`${Name} is written all the time by somebody else; deploy again`);
}

async function valueOfVersion(client: DeclareDeps['client'], Name: string, version: number): Promise<string> {
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetParameterHistoryCommand({ Name, MaxResults: 50, ...after(NextToken) }));
    const found = page.Parameters?.find(({ Version }) => Version === version)?.Value;
    if (found !== undefined) return found;
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== '');
  throw new Error(`${Name} has no version ${version} any more`);
}

/** What one request takes. */
const mostNames = 10;

async function remove({ client, path }: DeclareDeps, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += mostNames) {
    const Names = names.slice(at, at + mostNames).map((name) => path + name);
    await client.send(new DeleteParametersCommand({ Names }));
  }
}
