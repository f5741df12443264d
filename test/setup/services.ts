import type { LoginService, MailService } from '../../core/setup/mail-service.ts';

export const login = (port: number, tlsPort: number, more: Partial<LoginService> = {}): LoginService => ({
  enabled: true,
  passwords: true,
  port,
  tlsPort,
  ...more,
});

/** A domain as a stage on AWS serves it. */
export const mailOf = (more: Partial<MailService> = {}): MailService => ({
  domain: 'example.org',
  hostname: 'mail.example.net',
  smtp: { enabled: true, port: 25 },
  msa: login(587, 465),
  imap: login(143, 993),
  pop3: login(110, 995),
  ...more,
});
