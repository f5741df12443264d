#!/usr/bin/env node
// Plain JavaScript for any Node from 20: runs the CLI on the Node 24 that comes as the npm package `node`, or on the running one when it is new enough.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const [major] = process.versions.node.split('.').map(Number);
const cli = new URL('../cli/main.ts', import.meta.url);

if (major >= 24) {
  const { main } = await import(cli.href);
  await main(process.argv.slice(2));
} else {
  const node24 = createRequire(import.meta.url).resolve('node/bin/node');
  const child = spawn(node24, [fileURLToPath(cli), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
}
