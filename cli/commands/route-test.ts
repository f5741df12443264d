import type { RouteDeps } from '../../core/delivery/route.ts';
import type { HostAddress } from '../../core/delivery/transport.ts';
import { valueIn } from '../../core/settings/resolve-values.ts';
import { type Address, parseAddress, type ReversePath } from '../../core/values/address.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import type { CommandWorld } from '../command-world.ts';
import { print, printJson, say } from '../output.ts';
import { hereText, type RouteReport, reportRoute, wayText } from '../route-report.ts';
import { ses } from '../ses.ts';
import { resolveStored } from '../settings-place.ts';
import { columns, table, visible } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const routeTestCommand: Command = {
  words: ['route', 'test'],
  args: [{ name: 'SENDER' }, { name: 'RECIPIENT' }],
  options: { ...dataOption, ...jsonOption },
  summary: 'Tell how a message would leave: by which rule, and to which hosts in which order. DNS is asked now; nobody is connected to.',
  details: `mailweir route test alice@example.org bob@example.net
SENDER may be <>, the null reverse-path of reports. Settings are those that are set; a process started with --set may have others.`,
  run: testRoute,
};

async function testRoute(call: Call): Promise<void> {
  const [senderText = '', recipientText = ''] = call.args;
  const sender = senderText === '<>' ? '' : addressOf(senderText);
  const recipient = addressOf(recipientText);
  await withWorld(call, 'fail', async (world) => {
    const report = await reportRoute(sender, recipient, await world.accounts.resolve(recipient), await depsOf(world));
    if (call.has('json')) return printJson(reportJson(report, sender, recipient));
    print(reportText(report, recipient));
  });
}

async function depsOf(world: CommandWorld): Promise<RouteDeps> {
  const { values, routeRules, overrides } = resolveStored((await world.settings.read()).values, world.settings.place);
  return {
    ...world,
    ses: ses(),
    settings: {
      get: (setting) => valueIn(values, setting),
      routeRules: () => routeRules,
      overrides: () => overrides,
      onChange: () => () => {},
    },
    log: {
      event: (name, fields = {}) => say(visible(`${name}: ${Object.values(fields).join(' ')}`)),
      failure: (name, error) => say(visible(`${name}: ${error instanceof Error ? error.message : String(error)}`)),
    },
    random: Math.random,
  };
}

function reportText(report: RouteReport, recipient: Address): string {
  if (report.kind === 'here') return visible(hereText(report.destination, recipient));
  const { way, route, policy } = report;
  const head = columns([['way', wayText(way)], ...(policy === undefined ? [] : [['MTA-STS', policy]])]);
  if (route.kind === 'service') return `${head}\nhost  ${route.service.host}, by its API`;
  if (route.kind !== 'hosts') return `${head}\n${route.kind === 'never' ? 'bounced' : 'waits'}: ${visible(route.reason)}`;
  const rows = route.hosts.map(({ preference, host, ip, port, tls, credentials }) => [
    String(preference),
    host,
    `${ip.includes(':') ? `[${ip}]` : ip}:${port}`,
    tls,
    credentials?.user ?? '-',
  ]);
  return `${head}\n\n${table(['preference', 'host', 'address', 'TLS', 'login'], rows, '')}`;
}

function reportJson(report: RouteReport, sender: ReversePath, recipient: Address): object {
  const mail = { from: sender, to: recipient };
  if (report.kind === 'here') return { ...mail, here: report.destination };
  const { way, route, policy } = report;
  const common = { ...mail, way: way.choice.to, by: way.by.kind === 'rule' ? way.by.rule.name : 'outbound/route', policy: policy ?? null };
  if (route.kind === 'service') return { ...common, service: route.service.host };
  if (route.kind !== 'hosts') return { ...common, [route.kind]: route.reason };
  return { ...common, hosts: route.hosts.map(hostJson) };
}

const hostJson = ({ preference, host, ip, port, tls, credentials }: HostAddress): object => ({
  preference,
  host,
  ip,
  port,
  tls,
  login: credentials?.user ?? null,
});

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined)
    throw new CommandFailure('usage', `${JSON.stringify(text.slice(0, 80))} is not an address`, 'an address looks like alice@example.org');
  return address;
}
