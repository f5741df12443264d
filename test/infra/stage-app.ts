import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';

export const root = new URL('../../', import.meta.url);

/** What cdk.json says. */
export const cdkJson: { readonly app: string; readonly context: Readonly<Record<string, unknown>> } = JSON.parse(
  readFileSync(new URL('cdk.json', root), 'utf8'),
);

/** A directory that goes with the process. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mailweir-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An app as `cdk synth` begins one, flags of cdk.json included; synthesis validates the templates and throws what it finds. */
export const appOf = (context: Readonly<Record<string, unknown>> = {}): App =>
  new App({ context: { ...cdkJson.context, stage: 'test', ...context }, outdir: temporaryDirectory() });

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any form, and what a test reads of it is what it asserts
  readonly Properties: any;
}

/** Resources of one type, by their logical ids. */
export const resources = (template: Template, type: string): Readonly<Record<string, Resource>> =>
  template.findResources(type) as Readonly<Record<string, Resource>>;

/** Only the resource of a type whose logical id begins so. */
export function oneOf(template: Template, type: string, prefix: string): Resource {
  const found = Object.entries(resources(template, type)).filter(([id]) => id.startsWith(prefix));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} ${type} begin with ${prefix}`);
  return only[1];
}
