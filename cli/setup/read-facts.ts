import type { ListenerSettings, LoginListenerSettings, LoginProtocol } from '../../core/settings/listener-settings.ts';
import { imapSettings, msaSettings, pop3Settings, smtpSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { valueIn } from '../../core/settings/resolve-values.ts';
import { serverSettings } from '../../core/settings/server.ts';
import type { LoginService, MailService } from '../../core/setup/mail-service.ts';
import { edgePorts } from '../../platform/aws/edge-ports.ts';
import { CommandFailure } from '../command.ts';
import type { CommandWorld } from '../command-world.ts';
import { say } from '../output.ts';
import { rulingsOf } from '../rulings.ts';
import { askRunning } from '../running-settings.ts';
import { viewOf } from '../settings-place.ts';

/** What is in force: in the running processes of one machine, where any run; on a stage what its processes follow. */
export async function settingsInForce({ settings, ask, clock, delivery }: CommandWorld): Promise<LiveSettings> {
  const { inForce } = await viewOf(settings);
  const running = delivery === 'processes' ? await askRunning(ask) : new Map();
  const [first, another] = rulingsOf(inForce, running, clock.now());
  if (another !== undefined) say('the processes here have different settings in force; told is what one of them has');
  return {
    get: (setting) => (first === undefined ? valueIn(inForce.values, setting) : first.settings.get(setting)),
    routeRules: () => inForce.routeRules,
    overrides: () => inForce.overrides,
    onChange: () => () => {},
  };
}

/** @throws CommandFailure when the edge has no name that others could find it by */
export function mailService(domain: string, settings: LiveSettings, delivery: CommandWorld['delivery']): MailService {
  const hostname = settings.get(serverSettings.hostname).toLowerCase();
  if (!hostname.includes('.') || /\.\d+$/.test(hostname))
    throw new CommandFailure(
      'refused',
      `server/hostname is ${hostname}, which is no name that others can find in the DNS`,
      'mailweir settings set server/hostname mail.example.org',
    );
  const onAws = delivery === 'functions';
  const login = (protocol: LoginProtocol, own: ListenerSettings & LoginListenerSettings): LoginService => ({
    enabled: settings.get(own.enabled),
    passwords: settings.get(own.loginPassword),
    // On AWS those of the balancer, which a deploy fixes; the tasks behind it listen elsewhere.
    port: onAws ? edgePorts[protocol].outside : settings.get(own.port),
    tlsPort: onAws ? edgePorts[`${protocol}-tls`].outside : settings.get(own.tlsPort),
  });
  return {
    domain,
    hostname,
    smtp: { enabled: settings.get(smtpSettings.enabled), port: onAws ? edgePorts.smtp.outside : settings.get(smtpSettings.port) },
    msa: login('msa', msaSettings),
    imap: login('imap', imapSettings),
    pop3: login('pop3', pop3Settings),
  };
}
