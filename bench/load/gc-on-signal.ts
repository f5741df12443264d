// Preloaded into a server whose memory is measured (with --expose-gc), so that only what is really held counts.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) process.on('SIGUSR2', () => (globalThis as { gc?: () => void }).gc?.());
