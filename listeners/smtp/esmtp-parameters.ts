import type { ReportWishes, SpoolRecipient } from '../../core/delivery/spool.ts';
import { parseOriginal } from '../../core/values/original-recipient.ts';
import { decodeXtext } from '../../core/values/xtext.ts';
import { type Reply, reply } from './reply.ts';

/** Octets a value may have, as it is written (RFC 3461 sections 4.2 and 4.4). */
const mostOriginal = 500;
const mostEnvelopeId = 100;

/** Of parameters that the package takes more freely than their RFC. @param value as it was written; '' when there was none */
const isValid: Readonly<Record<string, (value: string) => boolean>> = {
  RET: (value) => /^(?:FULL|HDRS)$/i.test(value),
  ENVID: (value) => value !== '' && value.length <= mostEnvelopeId && decodeXtext(value) !== undefined,
  NOTIFY: (value) => /^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*)$/i.test(value),
  REQUIRETLS: (value) => value === '',
  ORCPT: (value) => value.length <= mostOriginal && parseOriginal(value) !== undefined,
};

/** @param command a whole MAIL or RCPT as it came. @param secure over TLS. @returns what is wrong with one of its parameters */
export function parameterFault(command: string, secure: boolean): Reply | undefined {
  const [, ...parameters] = command
    .slice(command.indexOf(':') + 1)
    .trim()
    .split(/\s+/);
  for (const parameter of parameters) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(parameter) ?? [];
    const key = name.toUpperCase();
    if (key === 'REQUIRETLS' && !secure) return reply(530, '5.7.10 REQUIRETLS needs TLS'); // RFC 8689
    if (Object.hasOwn(isValid, key) && isValid[key]?.(value) === false) return reply(501, `5.5.4 Bad ${key} parameter`);
  }
  return undefined;
}

/** As the package gives them: decoded, `true` for one without a value; `false` when there are none. */
type Arguments = false | Readonly<Record<string, unknown>>;

export interface MailWishes {
  /** RET and ENVID. */
  readonly reports?: ReportWishes;
  /** REQUIRETLS was declared. */
  readonly requireTls?: boolean;
}

/** What MAIL says beside the address and the body, its parameters having been found good. */
export function mailWishes(args: Arguments): MailWishes {
  const [ret, envelopeId] = [textOf(args, 'RET'), textOf(args, 'ENVID')];
  const reports: ReportWishes = {
    ...(ret === undefined ? {} : { return: ret.toUpperCase() === 'FULL' ? 'full' : 'headers' }),
    ...(envelopeId === undefined ? {} : { envelopeId }),
  };
  return {
    ...(ret === undefined && envelopeId === undefined ? {} : { reports }),
    ...(isSet(args, 'REQUIRETLS') ? { requireTls: true } : {}),
  };
}

/** What RCPT says of reports. */
export function recipientWishes(args: Arguments): Pick<SpoolRecipient, 'notify' | 'original'> {
  const [notify, original] = [textOf(args, 'NOTIFY')?.toLowerCase(), originalOf(textOf(args, 'ORCPT'))];
  return {
    ...(notify === undefined ? {} : { notify: notify === 'never' ? 'never' : events.filter((event) => notify.split(',').includes(event)) }),
    ...(original === undefined ? {} : { original }),
  };
}

const events = ['success', 'failure', 'delay'] as const;

/** The package has decoded the xtext already, which `utf-8` is not written in. */
const originalOf = (value: string | undefined): string | undefined =>
  value !== undefined && /^utf-8;/i.test(value) ? parseOriginal(value) : value;

function textOf(args: Arguments, name: string): string | undefined {
  const value = args === false ? undefined : args[name];
  return typeof value === 'string' ? value : undefined;
}

const isSet = (args: Arguments, name: string): boolean => args !== false && args[name] === true;
