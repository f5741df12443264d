import type { Code } from 'aws-cdk-lib/aws-lambda';

/** Where a function's code is from, by the name of its file in functions/. */
export type CodeOf = (name: string) => Code;
