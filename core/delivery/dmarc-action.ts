import type { DmarcFinding, DmarcPolicy } from './sender-authentication.ts';

export interface DmarcAction {
  readonly action: 'deliver' | 'quarantine' | 'reject';
  /** The domain whose policy decided. */
  readonly domain?: string;
}

const strength: Readonly<Record<DmarcPolicy, number>> = { none: 0, quarantine: 1, reject: 2 };
const weaker: Readonly<Record<DmarcPolicy, DmarcPolicy>> = { reject: 'quarantine', quarantine: 'none', none: 'none' };

/**
 * What is to be done with a message. Of several author domains the strictest policy among those that fail counts (RFC 7489 section 6.6.1);
 * what could not be found out is no failure.
 * @param strongest the setting: nothing stronger is done
 * @param random uniform in [0, 1): which messages belong to a domain's `pct`
 */
export function dmarcAction(
  findings: readonly DmarcFinding[],
  strongest: 'off' | 'quarantine' | 'reject',
  random: () => number,
): DmarcAction {
  let decided: { policy: DmarcPolicy; domain: string } | undefined;
  for (const { result, policy, percent, domain } of findings) {
    if (result !== 'fail') continue;
    // Those not among the hundredths get the next weaker policy (RFC 7489 section 6.6.4).
    const asked = random() * 100 < percent ? policy : weaker[policy];
    if (strength[asked] > strength[decided?.policy ?? 'none']) decided = { policy: asked, domain };
  }
  if (decided === undefined || strongest === 'off') return { action: 'deliver' };
  const { policy, domain } = decided;
  return { action: policy === 'reject' && strongest === 'reject' ? 'reject' : 'quarantine', domain };
}
