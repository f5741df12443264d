import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, buildSync, type OutputFile } from 'esbuild';

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

/** Entries of a part by their names without ending, and where its files go. */
interface Part {
  readonly entries: Readonly<Record<string, string>>;
  readonly outDir: string;
}

/** Of a Lambda function, which asks for `functionHandler` of Node 24. */
const functionPart = (name: string, outDir: string): Part => ({ entries: { index: `functions/${name}.ts` }, outDir });

/** What a task of the listeners runs: `listenersEntry`, and beside it the files of its threads, which it finds by their names. */
const listenersPart = (outDir: string): Part => {
  const threads = ['password-worker', 'check-sender-worker'].map((name) => [name, `platform/node/${name}.ts`]);
  return { entries: { [basename(listenersEntry, '.mjs')]: 'listeners/fargate.ts', ...Object.fromEntries(threads) }, outDir };
};

const listeners = 'listeners';

/**
 * The code of Lambda functions.
 * @param names of files in functions/, without their endings
 * @param outDir each has a directory of its name in it
 */
export const bundleFunctions = (names: readonly string[], outDir: string): Readonly<Record<string, BundleSizes>> =>
  bundle(functionParts(names, outDir));

/** What the image of the listeners holds. @param outDir made when it is not there */
export const bundleListeners = (outDir: string): BundleSizes => bundle({ [listeners]: listenersPart(outDir) })[listeners] ?? {};

/** Both in one run. */
export const bundleStage = (names: readonly string[], functionsDir: string, listenersDir: string): Readonly<Record<string, BundleSizes>> =>
  bundle({ ...functionParts(names, functionsDir), [listeners]: listenersPart(listenersDir) });

const functionParts = (names: readonly string[], outDir: string): Readonly<Record<string, Part>> =>
  Object.fromEntries(names.map((name) => [name, functionPart(name, join(outDir, name))]));

/**
 * One run, whatever is asked for: what several parts have in common, most of all the SDK, is read and parsed once, and that is most of the work. Built
 * for one and the same place: a source map names files from there, and the same sources must give the same octets wherever, and with whatever else,
 * they are built.
 */
function bundle(parts: Readonly<Record<string, Part>>): Readonly<Record<string, BundleSizes>> {
  const entryPoints = Object.fromEntries(
    Object.entries(parts).flatMap(([part, { entries }]) => Object.entries(entries).map(([name, path]) => [`${part}/${name}`, path])),
  );
  const { outputFiles } = buildSync({ ...shared, entryPoints, outdir: join(root, 'dist/bundle') });
  const made = Map.groupBy(outputFiles, ({ path }) => basename(dirname(path)));
  return Object.fromEntries(Object.entries(parts).map(([part, { outDir }]) => [part, written(made.get(part) ?? [], outDir)]));
}

function written(files: readonly OutputFile[], outDir: string): BundleSizes {
  mkdirSync(outDir, { recursive: true });
  for (const { path, contents } of files) writeFileSync(join(outDir, basename(path)), contents);
  return Object.fromEntries(
    files.filter(({ path }) => path.endsWith('.mjs')).map(({ path, contents }) => [basename(path), contents.length]),
  );
}
