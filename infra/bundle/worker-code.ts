import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunction } from './bundle.ts';
import { directoryUntilExit } from './until-exit.ts';

/** Where a function's code is from, by the name of its file in functions/. */
export type CodeOf = (name: string) => Code;

/** Bundled now. */
export const bundledCode: CodeOf = (name) => {
  const directory = directoryUntilExit(name);
  bundleFunction(name, directory);
  return Code.fromAsset(directory);
};
