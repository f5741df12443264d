import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** File and export that Lambda is told, whatever the function. */
export const functionHandler = 'index.handler';

/** What the image starts. */
export const listenersEntry = 'listeners.mjs';

/** Node sets neither of its own flags from a file, so both the image and the functions are told: stack traces then name our sources. */
export const nodeOptions = '--enable-source-maps';

/** Packages of CommonJS ask for `require`, which ESM does not have. */
const banner = { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" };

const shared = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'], // of the SDK, what is not used falls away

  outExtension: { '.js': '.mjs' },
  minify: true,
  sourcemap: true,
  sourcesContent: false, // names and lines are enough for a stack trace
  banner,
  logLevel: 'error',
} as const satisfies BuildOptions;

/** Octets of each file of code, by its name. */
export type BundleSizes = Readonly<Record<string, number>>;

/**
 * The code of a Lambda function, which asks for `functionHandler` of Node 24.
 * @param name of a file in functions/, without its ending
 * @param outDir made when it is not there
 */
export function bundleFunction(name: string, outDir: string): BundleSizes {
  return bundle({ index: `functions/${name}.ts` }, outDir);
}

/**
 * What a task of the listeners runs: `listenersEntry`, and beside it the files of its threads, which it finds by their names.
 * @param outDir made when it is not there
 */
export function bundleListeners(outDir: string): BundleSizes {
  const threads = ['password-worker', 'check-sender-worker'].map((name) => [name, `platform/node/${name}.ts`]);
  return bundle({ [basename(listenersEntry, '.mjs')]: 'listeners/fargate.ts', ...Object.fromEntries(threads) }, outDir);
}

/** Built for one and the same place: a source map names files from there, and the same sources must give the same octets wherever they are built. */
function bundle(entryPoints: Record<string, string>, outDir: string): BundleSizes {
  const { outputFiles } = buildSync({ ...shared, entryPoints, outdir: join(root, 'dist/bundle') });
  mkdirSync(outDir, { recursive: true });
  for (const { path, contents } of outputFiles) writeFileSync(join(outDir, basename(path)), contents);
  return Object.fromEntries(
    outputFiles.filter(({ path }) => path.endsWith('.mjs')).map(({ path, contents }) => [basename(path), contents.length]),
  );
}
