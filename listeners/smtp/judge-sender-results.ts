import { domainToUnicode } from 'node:url';
import type { Judgement } from '../../core/delivery/accept.ts';
import { dmarcAction } from '../../core/delivery/dmarc-action.ts';
import type { CheckedEnvelope, SenderAuthentication, SenderCheck, SenderResults } from '../../core/delivery/sender-authentication.ts';
import { authenticationResultsField, withoutResultsOf } from '../../core/message/authentication-results.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import { smtpSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { AccountId, ReversePath } from '../../core/values/address.ts';
import type { SpoolId } from '../../core/values/ids.ts';
import { isLoopback } from '../../core/values/network.ts';

export interface SenderDeps {
  readonly senderAuthentication: SenderAuthentication;
  readonly settings: LiveSettings;
  readonly log: EventLog;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
}

interface Sender extends Pick<CheckedEnvelope, 'host' | 'helo' | 'client'> {
  readonly path: ReversePath;
  readonly account: AccountId | undefined;
}

/**
 * @returns undefined where nobody wants to know: at submission, where the account is known; of mail from this machine, of whose address no DNS says
 *   anything; and when both settings are off
 */
export function beginCheck(envelope: Sender, { senderAuthentication, settings }: SenderDeps): SenderCheck | undefined {
  const wanted = settings.get(smtpSettings.dmarc) !== 'off' || settings.get(smtpSettings.authenticationResults);
  const { host, helo, client, path, account } = envelope;
  if (account !== undefined || !wanted || isLoopback(client)) return undefined;
  return senderAuthentication.begin({ host, helo, client, reversePath: path });
}

/** What comes of a message by what its sender's domains say. */
export function judgeResults(
  id: SpoolId,
  host: string,
  results: SenderResults,
  { settings, log, random = Math.random }: SenderDeps,
): Judgement {
  if (results.fault !== undefined) log.event('sender-check-failed', { message: id, reason: results.fault });
  const { action, domain } = dmarcAction(results.dmarc, settings.get(smtpSettings.dmarc), random);
  if (domain !== undefined) log.event('dmarc-failed', { message: id, domain, action });
  if (action === 'reject') return 'refused';
  const prefix = settings.get(smtpSettings.authenticationResults) ? authenticationResultsField(host, results.methods) : '';
  return { prefix, junk: action === 'quarantine' };
}

/** @returns the header without fields that somebody else wrote in our name */
export function withoutForgedResults(header: Buffer, host: string): Buffer {
  const block = header.toString('latin1');
  const kept = withoutResultsOf(block, [host, domainToUnicode(host)]);
  return kept.length === block.length ? header : Buffer.from(kept, 'latin1');
}
