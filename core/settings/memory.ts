import type { Protocol } from '../values/protocol.ts';

/** Part of a process's memory that sessions may fill; the rest is for messages under way, caches and the runtime. */
export const shareForSessions = 1 / 4;

/** Octets that a process holds of message bodies at most, whatever its memory: behind it stands the machine's own cache of files. */
const mostOfBodies = 256 * 1024 * 1024;

/** @param percent see `server/body-cache` */
export const memoryForBodies = (memory: number, percent: number): number => Math.min(mostOfBodies, (memory * percent) / 100);

/** Octets that one idle session over TLS costs, rounded up. Seen resident in bench/idle-memory.ts: submission 55, POP3 58, IMAP 60 KB, of which a bare TLS socket is 42 to 44. COMPRESS adds 1 KB and what the client has sent lately, 32 KB at most; it is there without TLS unless it is set otherwise. */
export const octetsPerSession: Readonly<Record<Protocol, number>> = {
  smtp: 64 * 1024,
  msa: 64 * 1024,
  pop3: 64 * 1024,
  imap: 64 * 1024,
};
