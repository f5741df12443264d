// Preloaded into a server whose memory is measured (with --expose-gc): on SIGUSR2 it collects its garbage and writes down what it really holds.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('SIGUSR2', () => {
    (globalThis as { gc?: () => void }).gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    writeFileSync(`${process.env.MEMORY_REPORT}.${process.pid}`, JSON.stringify({ resident: rss, held: heapUsed + external }));
  });
}
