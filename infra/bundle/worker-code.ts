import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunction } from './bundle.ts';

/** Where a function's code is from, by the name of its file in functions/. */
export type CodeOf = (name: string) => Code;

/** Bundled now. What an app is synthesised from is copied into its assembly at once, so the bundle itself goes with the process. */
export const bundledCode: CodeOf = (name) => {
  const directory = mkdtempSync(join(tmpdir(), `mailweir-${name}-`));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  bundleFunction(name, directory);
  return Code.fromAsset(directory);
};
