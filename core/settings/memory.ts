import type { Protocol } from '../values/protocol.ts';

/** Part of a process's memory that sessions may fill; the rest is for messages under way, caches and the runtime. */
export const shareForSessions = 1 / 4;

/** Octets that one idle session over TLS costs, measured by bench/idle-memory.ts and rounded up. */
export const octetsPerSession: Readonly<Record<Protocol, number>> = {
  smtp: 96 * 1024,
  msa: 96 * 1024,
  pop3: 64 * 1024,
  imap: 64 * 1024,
};
