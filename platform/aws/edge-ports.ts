/**
 * Ports of a task. Listener names are those of `ports` of a running process. Containers are not root, so they listen above 1024 and the
 * balancer listens on the ports that the world knows.
 */
export const edgePorts = {
  smtp: { outside: 25, container: 2525 },
  msa: { outside: 587, container: 2587 },
  'msa-tls': { outside: 465, container: 2465 },
  pop3: { outside: 110, container: 2110 },
  'pop3-tls': { outside: 995, container: 2995 },
  imap: { outside: 143, container: 2143 },
  'imap-tls': { outside: 993, container: 2993 },
} as const;

export type ListenerName = keyof typeof edgePorts;

/** Which listeners a service has: one ECS service takes at most five target groups, so there are two. */
export const services = {
  smtp: ['smtp', 'msa', 'msa-tls'],
  mailbox: ['pop3', 'pop3-tls', 'imap', 'imap-tls'],
} as const satisfies Record<string, readonly ListenerName[]>;

export type ServiceName = keyof typeof services;

/** Answers a TCP connection while the process may admit sessions; the balancer looks here, so that looking is no session. */
export const healthPort = 8025;

/** Where processes of a stage tell each other of changes and ask each other, inside the VPC alone. */
export const talkPort = 8026;
