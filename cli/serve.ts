import cluster from 'node:cluster';
import { parseServeOptions } from './serve/options.ts';

/**
 * Runs the server until it is told to end: SIGINT or SIGTERM drains, a second one stops at once.
 * @param argv `--data DIR --set NAME=VALUE … --processes N --bind ADDRESS`
 * @throws CommandFailure, InvalidSettings, PortUnavailable when it can't start
 */
export async function serve(argv: readonly string[]): Promise<void> {
  const options = parseServeOptions(argv);
  // Late, so that a wrong option is told without loading the server; and the supervisor serves nothing itself.
  if (cluster.isWorker) return (await import('./serve/worker.ts')).runWorker(options);
  if (options.processes > 1) return (await import('./serve/supervisor.ts')).runSupervisor(options);
  return (await import('./serve/one-process.ts')).runOneProcess(options);
}
