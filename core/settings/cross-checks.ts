import { imapSettings, msaSettings, pop3Settings, smtpSettings } from './listeners.ts';
import { outboundSettings } from './outbound.ts';
import { parseSecretReference } from './secret-reference.ts';
import { tlsSettings } from './server.ts';
import type { Setting } from './setting.ts';

/** Values that are each in their range and don't go together. */
export interface CrossFault {
  readonly names: readonly string[];
  /** A whole sentence, without its full stop. */
  readonly fault: string;
}

type Get = <T>(setting: Setting<T>) => T;

/** @returns every rule that these values break together */
export const crossFaults = (get: Get): readonly CrossFault[] => [
  ...smarthostMissing(get),
  ...halfCertificate(get),
  ...neverRetried(get),
  ...portsTwice(get),
];

function smarthostMissing(get: Get): readonly CrossFault[] {
  const { route, smarthost } = outboundSettings;
  if (get(route) !== 'smarthost' || get(smarthost) !== 'none') return [];
  return [{ names: [route.name, smarthost.name], fault: `${route.name} smarthost needs ${smarthost.name}: set both at once` }];
}

function halfCertificate(get: Get): readonly CrossFault[] {
  const { certificate, key } = tlsSettings;
  if ((get(certificate) === '') === (get(key) === '')) return [];
  if (get(key) === '' && parseSecretReference(get(certificate)) !== undefined) return []; // the key is beside it
  return [
    { names: [certificate.name, key.name], fault: `${certificate.name} and ${key.name} belong together: set both at once, or neither` },
  ];
}

function neverRetried(get: Get): readonly CrossFault[] {
  const { retrySchedule, giveUpAfter } = outboundSettings;
  const [first = 0] = get(retrySchedule);
  if (get(giveUpAfter) > first) return [];
  return [
    {
      names: [retrySchedule.name, giveUpAfter.name],
      fault: `${giveUpAfter.name} must be longer than the first time of ${retrySchedule.name}, or nothing is ever tried twice`,
    },
  ];
}

const ports: readonly Setting<number>[] = [
  smtpSettings.port,
  ...[msaSettings, pop3Settings, imapSettings].flatMap(({ port, tlsPort }) => [port, tlsPort]),
];

/** Port 0 (any free one) never collides. */
function portsTwice(get: Get): readonly CrossFault[] {
  const users = Map.groupBy(ports, get);
  return [...users]
    .filter(([port, names]) => port !== 0 && names.length > 1)
    .map(([port, settings]) => {
      const names = settings.map(({ name }) => name);
      return { names, fault: `${names.join(' and ')} have the same port ${port}` };
    });
}
