import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions, functionHandler, nodeOptions } from '../infra/bundle/bundle.ts';
import { median, printMeasured } from './report.ts';

const sources = join(import.meta.dirname, '../functions');
const most = 2 * 1024 * 1024; // octets of a function's code
const runs = 5;
const reference = 'export const handler = async () => { throw new Error("empty"); };\n';

/**
 * Size of each function's bundle, and its cold start: from the start of a process until its handler has answered for the first time. It is
 * invoked with nothing in its environment, which it says at once; what a first request to AWS takes is not in it.
 */
export async function benchBundles(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-bundles-'));
  try {
    const empty = join(dir, 'empty.mjs');
    await writeFile(empty, reference);
    const files = (await readdir(sources)).toSorted();
    for (const file of files) {
      if (!(await readFile(join(sources, file), 'utf8')).includes('export const handler')) continue;
      const name = file.replace('.ts', '');
      const sizes = Object.values(bundleFunctions([name], dir)[name] ?? {});
      const octets = sizes.reduce((sum, size) => sum + size, 0);
      console.log(`bundle of ${name}: ${(octets / 1024).toFixed(0)} KB, ratio ${(octets / most).toFixed(2)} of what it may have`);
      await coldStart(name, join(dir, name, `${functionHandler.split('.')[0]}.mjs`), empty);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** In turns with the reference, so that both see the same machine. */
async function coldStart(name: string, file: string, empty: string): Promise<void> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let i = 0; i < runs; i += 1) {
    theirs.push(await answered(empty));
    ours.push(await answered(file));
  }
  printMeasured({
    what: `cold start of ${name}`,
    unit: 'ms',
    ours: median(ours),
    reference: median(theirs),
    referenceName: 'an empty handler',
  });
}

/** @returns ms */
async function answered(file: string): Promise<number> {
  const code = `const { handler } = await import(${JSON.stringify(file)});
    await handler({ Records: [] }, { getRemainingTimeInMillis: () => 60_000 }).catch(() => {});
    process.exit(0);`;
  const began = performance.now();
  const env = { PATH: process.env.PATH, NODE_OPTIONS: nodeOptions };
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore', env });
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await once(child, 'exit');
  clearTimeout(late);
  return performance.now() - began;
}
