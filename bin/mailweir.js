#!/usr/bin/env node
// Plain JavaScript for any Node from 20: runs the CLI on the running Node when it is new enough, or itself again on the Node 24 that comes as the npm package `node`.
import { spawn } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const [major] = process.versions.node.split('.').map(Number);

if (major >= 24) {
  keepCompiled();
  const { main } = await import('../cli/main.ts');
  await main(process.argv.slice(2));
} else {
  runOn(node24());
}

/** Most of a short command's time went into compiling. Where the directory can't be written nothing is kept, and nothing is said. */
function keepCompiled() {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  const dir = fileURLToPath(new URL('../node_modules/.cache/mailweir', import.meta.url));
  module.enableCompileCache(dir);
  process.env.NODE_COMPILE_CACHE = dir; // for our worker threads and listener processes
}

function node24() {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node');
  } catch {
    console.error(`mailweir: Node ${process.versions.node} is too old and the npm package \`node\`, which brings Node 24, is not there`);
    console.error('  npm ci installs it; without its install script (--ignore-scripts) it stays empty');
    process.exit(1);
  }
}

/** Stands in for the other process: signals go in, its exit code or signal comes out. */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  const passOn = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  child.on('error', (error) => {
    console.error(`mailweir: Node 24 can't be run: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const one of signals) process.off(one, passOn);
    process.kill(process.pid, signal);
  });
}
