import { collectSettings } from './collect.ts';
import { imapSettings, msaSettings, pop3Settings, smtpSettings } from './listeners.ts';
import { loginSettings } from './login.ts';
import { mailboxSettings } from './mailbox.ts';
import { netSettings, networkSettings } from './network.ts';
import { outboundSettings } from './outbound.ts';
import { serverSettings, tlsSettings } from './server.ts';
import type { Limit, Setting } from './setting.ts';
import { slotsSettings } from './slots.ts';

/** Every area by the name it is exported under. */
export const areas = {
  serverSettings,
  tlsSettings,
  smtpSettings,
  msaSettings,
  pop3Settings,
  imapSettings,
  mailboxSettings,
  loginSettings,
  netSettings,
  networkSettings,
  outboundSettings,
  collectSettings,
  slotsSettings,
} as const satisfies Record<string, Readonly<Record<string, unknown>>>;

/** Every declared setting, in the order docs and `settings list` show them; a limit is followed by its mode. */
export const catalogue: readonly Setting<unknown>[] = Object.values(areas).flatMap((area): readonly Setting<unknown>[] =>
  Object.values(area).flatMap(withMode),
);

/** A limit brings its mode with it. */
export function withMode(setting: Setting<unknown>): readonly Setting<unknown>[] {
  return isLimit(setting) ? [setting, setting.mode] : [setting];
}

/** Every limit. */
export const limits: readonly Limit[] = catalogue.filter(isLimit);

const byName: ReadonlyMap<string, Setting<unknown>> = new Map(catalogue.map((setting) => [setting.name, setting]));

/** @returns undefined when there is no setting of this name */
export const settingNamed = (name: string): Setting<unknown> | undefined => byName.get(name);

/** @returns undefined when there is no limit of this name */
export function limitNamed(name: string): Limit | undefined {
  const setting = settingNamed(name);
  return setting !== undefined && isLimit(setting) ? setting : undefined;
}

function isLimit(setting: Setting<unknown>): setting is Limit {
  return 'mode' in setting;
}
