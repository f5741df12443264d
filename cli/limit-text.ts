import type { ProfileName } from '../core/settings/profiles.ts';
import { type AppliedLimit, nothing } from '../core/slots/applied-limit.ts';
import { readableTime } from './readable.ts';
import type { InForce } from './rulings.ts';

export const limitText = (limit: number): string => (limit === 0 ? 'unlimited' : limit === nothing ? 'none' : String(limit));

/** @returns what made the number: `default`, `profile vpop3`, `set`, `this run`, `override until 2026-11-26 18:00:00Z`, `imap/share-per-account` */
export function sourceText(
  { setting, because }: Pick<AppliedLimit, 'setting' | 'because'>,
  inForce: InForce,
  profile: ProfileName,
): string {
  if (because === undefined) return originWords(inForce, setting.name, profile);
  if ('share' in because) return percentText(because.share, inForce);
  if ('reserved' in because) return percentText(because.reserved, inForce);
  if ('learnt' in because) return `learnt from the host until ${readableTime(because.learnt.until)}`;
  const { scope, until } = because;
  return `override for ${scope}${until === undefined ? '' : ` until ${readableTime(until)}`}`;
}

const percentText = (percent: Parameters<InForce['settings']['get']>[0], { settings }: InForce): string =>
  `${percent.name} ${String(settings.get(percent))} %`;

function originWords({ origin }: InForce, name: string, profile: ProfileName): string {
  const word = origin(name);
  return word === 'profile' ? `profile ${profile}` : word === 'option' ? 'this run' : word;
}
