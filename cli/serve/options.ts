import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { settingNamed } from '../../core/settings/catalogue.ts';
import { InvalidSettings } from '../../core/settings/resolve.ts';
import { noSuchSetting } from '../../core/settings/resolve-values.ts';
import { type IpAddress, parseIp } from '../../core/values/network.ts';
import { CommandFailure } from '../command.ts';

export interface ServeOptions {
  readonly dataDir: string;
  readonly processes: number;
  readonly bind: IpAddress;
  /** Settings of this run, by name, unparsed but each within its range. */
  readonly overrides: ReadonlyMap<string, string>;
}

const mostProcesses = 64;

/** @throws CommandFailure, InvalidSettings: before anything is opened or made */
export function parseServeOptions(argv: readonly string[]): ServeOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      data: { type: 'string', default: 'data' },
      set: { type: 'string', multiple: true, default: [] },
      processes: { type: 'string', default: '1' },
      bind: { type: 'string', default: '127.0.0.1' },
    },
  });
  return {
    dataDir: resolve(values.data),
    processes: processesOf(values.processes),
    bind: bindOf(values.bind),
    overrides: overridesOf(values.set),
  };
}

function processesOf(text: string): number {
  const processes = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (processes >= 1 && processes <= mostProcesses) return processes;
  throw new CommandFailure('usage', `--processes ${text}: must be a whole number from 1 to ${mostProcesses}`);
}

function bindOf(text: string): IpAddress {
  const ip = parseIp(text === 'localhost' ? '127.0.0.1' : text.replace(/^\[(.*)\]$/, '$1'));
  if (ip !== undefined) return ip;
  throw new CommandFailure(
    'usage',
    `--bind ${text}: must be an IP address of this machine`,
    '0.0.0.0 listens on every IPv4 address, :: on all',
  );
}

function overridesOf(sets: readonly string[]): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  const faults: string[] = [];
  for (const set of sets) {
    const at = set.indexOf('=');
    if (at < 1) throw new CommandFailure('usage', `--set ${set}: write it as --set NAME=VALUE`);
    const [name, value] = [set.slice(0, at), set.slice(at + 1)];
    overrides.set(name, value);
    faults.push(...faultsOf(name, value));
  }
  if (faults.length > 0) throw new InvalidSettings(faults);
  return overrides;
}

function faultsOf(name: string, value: string): readonly string[] {
  const setting = settingNamed(name);
  if (setting === undefined) return [noSuchSetting(name)];
  const parsed = setting.parse(value);
  return 'fault' in parsed ? [`${name} ${parsed.fault}`] : [];
}
