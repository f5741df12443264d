import { startProcess } from '../../listeners/main.ts';

/** A listener process of its own, with slots whose lease is short: started by a test, which kills it. */
export const shortLease = { renewEvery: 300, lease: 1500, fenceAfter: 1000 };
export const oneSession = new Map([
  ['imap/sessions', '2'],
  ['server/hostname', 'mail.example.org'],
]);

if (import.meta.main) {
  const [dataDir = ''] = process.argv.slice(2);
  const silent = { event: () => {}, failure: () => {} };
  const running = await startProcess({ dataDir, log: silent, overrides: oneSession, ports: 'random', slotTimings: shortLease });
  process.stdout.write(`${running.ports.imap}\n`);
}
