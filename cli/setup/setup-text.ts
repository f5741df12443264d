import { type DnsRecord, purposes, recordTtl, zoneLine } from '../../core/setup/dns-record.ts';
import type { Note } from '../../core/setup/mail-records.ts';
import type { WebFile } from '../../core/setup/web-files.ts';
import { table } from '../table.ts';
import type { Written } from './own-files.ts';

/** All that `mailweir dns` tells. */
export interface Setup {
  readonly domain: string;
  readonly hostname: string;
  readonly records: readonly DnsRecord[];
  readonly notes: readonly Note[];
  readonly files: readonly WebFile[];
  /** Names that have to lead to the static host. */
  readonly webNames: readonly string[];
  /** Undefined when none were asked for. */
  readonly written: readonly Written[] | undefined;
}

const titles: Readonly<Record<DnsRecord['purpose'], string>> = {
  MX: 'MX: where mail for the domain goes',
  SPF: 'SPF: who sends for it',
  DKIM: 'DKIM: what its signatures are checked with',
  DMARC: 'DMARC: what becomes of mail that only says it is from here',
  'MTA-STS': 'MTA-STS: mail comes over TLS alone',
  'TLS-RPT': 'TLS-RPT: where failures of TLS are reported',
  SRV: 'SRV: where clients find submission, IMAP and POP3',
  web: 'Names of the static host that serves the files of --out',
};

/** A part of a zone file: what is no record is a comment. */
export function setupText(setup: Setup): string {
  const parts = purposes.map((purpose) => {
    const records = setup.records.filter((record) => record.purpose === purpose).map(zoneLine);
    const notes = setup.notes.filter(({ about }) => about === purpose).map(({ text }) => text);
    return records.length + notes.length === 0 ? [] : [[comment([titles[purpose], ...notes]), ...records].join('\n')];
  });
  return [...parts.flat(), ...policyPart(setup), ...filesPart(setup)].join('\n\n');
}

const comment = (lines: readonly string[]): string => lines.map((line) => `; ${line}`.trimEnd()).join('\n');

function policyPart({ files }: Setup): readonly string[] {
  const policy = files.find(({ path }) => path.endsWith('mta-sts.txt'));
  return policy === undefined ? [] : [comment([`The policy of MTA-STS, at ${policy.url}:`, ...policy.text.trimEnd().split('\r\n')])];
}

function filesPart({ files, webNames, written }: Setup): readonly string[] {
  if (written === undefined) return [];
  const rows = written.map(({ path, state }) => {
    const file = files.find((one) => one.path === path);
    return [path, state, file?.contentType ?? '', file?.url ?? '', file?.readBy ?? ''];
  });
  const names =
    webNames.length === 0 ? [] : ['', `Let these lead to the static host, which needs a certificate for each: ${webNames.join(' ')}`];
  return [comment([...table(['file', '', 'type', 'url', 'read by'], rows, 'no files').split('\n'), ...names])];
}

export const setupJson = ({ domain, hostname, records, notes, files, webNames, written }: Setup): object => ({
  domain,
  hostname,
  records: records.map((record) => ({
    purpose: record.purpose,
    name: record.name,
    ttl: recordTtl,
    ...record.data,
    zone: zoneLine(record),
  })),
  notes,
  webNames,
  files: files.map((file) => ({ ...file, ...stateOf(file, written) })),
  removed: (written ?? []).filter(({ state }) => state === 'removed').map(({ path }) => path),
});

function stateOf({ path }: WebFile, written: Setup['written']): object {
  const state = written?.find((one) => one.path === path)?.state;
  return state === undefined ? {} : { state };
}
