import { fillBanner } from '../../core/settings/banner.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import { serverSettings } from '../../core/settings/server.ts';
import type { ImapPorts } from './answer.ts';
import { capabilities } from './capability.ts';

/** @returns the server's first line */
export function greeting(ports: ImapPorts): string {
  const { settings, version, clock } = ports;
  const hostname = settings.get(serverSettings.hostname);
  const time = new Date(clock.now()).toUTCString().replace('GMT', '+0000');
  const banner = fillBanner(settings.get(imapSettings.banner), { hostname, version, time });
  return `* OK [CAPABILITY ${capabilities('not-authenticated', ports)}] ${banner || 'Ready'}\r\n`;
}
