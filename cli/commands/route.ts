import { formatRouteChoice } from '../../core/delivery/route-choice.ts';
import { addRouteRule, removeRouteRule } from '../../core/settings/change-route-rules.ts';
import { outboundSettings } from '../../core/settings/outbound.ts';
import { valueIn } from '../../core/settings/resolve-values.ts';
import {
  mostRouteRules,
  parseRouteRule,
  parseRuleDomain,
  type RouteRule,
  type RuleSide,
  routeRuleName,
} from '../../core/settings/route-rules.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { refuseNewForwards } from '../forwards-over-ses.ts';
import { print, printJson, say } from '../output.ts';
import { resolveStored } from '../settings-place.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const routeCommands: readonly Command[] = [
  {
    words: ['route', 'add'],
    args: [{ name: 'SIDE' }, { name: 'DOMAIN' }, { name: 'WAY', many: true }],
    options: dataOption,
    summary: 'Say how mail to or from some domains leaves; running processes follow within two seconds, those of a stage within 15.',
    details: `mailweir route add to example.net direct
mailweir route add to .example.net smarthost
mailweir route add from tenant.example smtp.example.net:587 user@example.net secret:relay
mailweir route add to '*' ses
SIDE: to, the recipient's domain, or from, the sender's. DOMAIN: itself, or with a dot before it all below it, or * for every one.
WAY: direct, smarthost (outbound/smarthost), ses, or HOST[:PORT] with a user and the name of a secret.
A rule about the recipient comes before one about the sender, the nearest domain first, * last of all; then outbound/route.
At most ${mostRouteRules}.`,
    run: addRule,
  },
  {
    words: ['route', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption },
    summary: 'List the rules, and how all other mail leaves.',
    run: listRules,
  },
  {
    words: ['route', 'remove'],
    args: [{ name: 'SIDE' }, { name: 'DOMAIN' }],
    options: dataOption,
    summary: 'Remove a rule.',
    run: removeRule,
  },
];

async function addRule(call: Call): Promise<void> {
  const { side, domain } = subjectOf(call);
  const rule = parseRouteRule(routeRuleName(side, domain), call.args.slice(2).join(' '));
  if ('fault' in rule) throw new CommandFailure('refused', rule.fault);
  await withWorld(call, 'create', async ({ settings, accounts, secrets }) => {
    const before = (await settings.read()).values;
    const changes = addRouteRule(before, rule);
    if ('fault' in changes) throw new CommandFailure('refused', changes.fault, 'mailweir route remove takes one away');
    await refuseNewForwards(accounts, resolveStored(before, settings.place), resolveStored(changed(before, changes), settings.place));
    await settings.write(changes);
    print(`${subject(rule)}: ${formatRouteChoice(rule.choice)}`);
    if (rule.choice.to !== 'host' || rule.choice.host.credentials === undefined) return;
    const { secret } = rule.choice.host.credentials;
    if ((await secrets.get(secret)) === undefined) say(`the secret ${secret} is not there yet: until it is, this mail waits`);
  });
}

async function removeRule(call: Call): Promise<void> {
  const { side, domain } = subjectOf(call);
  await withWorld(call, 'fail', async ({ settings, accounts }) => {
    const before = (await settings.read()).values;
    const changes = removeRouteRule(before, side, domain);
    if (changes === undefined)
      throw new CommandFailure('refused', `there is no rule ${side} ${domain}`, 'mailweir route list shows those there are');
    await refuseNewForwards(accounts, resolveStored(before, settings.place), resolveStored(changed(before, changes), settings.place));
    await settings.write(changes);
    print(`removed ${side} ${domain}`);
  });
}

async function listRules(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ settings }) => {
    const { routeRules, values } = resolveStored((await settings.read()).values, settings.place);
    const rules = routeRules.toSorted((a, b) => (a.name < b.name ? 1 : -1)); // `to` before `from`, as they count
    const otherwise = valueIn(values, outboundSettings.route);
    if (call.has('json')) {
      const listed = rules.map(({ side, domain, choice }) => ({ side, domain, way: formatRouteChoice(choice) }));
      return printJson({ rules: listed, otherwise });
    }
    const rows = rules.map(({ side, domain, choice }) => [side, domain, formatRouteChoice(choice)]);
    print(table(['side', 'domain', 'way'], rows, 'no rules'));
    print(`all other mail: ${otherwise} (outbound/route)`);
  });
}

const subject = ({ side, domain }: Pick<RouteRule, 'side' | 'domain'>): string => `${side} ${domain}`;

function changed(before: ReadonlyMap<string, string>, changes: ReadonlyMap<string, string | undefined>): ReadonlyMap<string, string> {
  const after = new Map(before);
  for (const [name, value] of changes) value === undefined ? after.delete(name) : after.set(name, value);
  return after;
}

/** @throws CommandFailure */
function subjectOf({ args: [sideText = '', domainText = ''] }: Call): { readonly side: RuleSide; readonly domain: string } {
  const side = (['to', 'from'] as const).find((one) => one === sideText);
  if (side === undefined)
    throw new CommandFailure(
      'usage',
      `${JSON.stringify(sideText.slice(0, 60))} is neither to nor from`,
      'mailweir route add to example.net direct',
    );
  const domain = parseRuleDomain(domainText);
  if (domain === undefined)
    throw new CommandFailure(
      'usage',
      `${JSON.stringify(domainText.slice(0, 80))} is no domain`,
      'it looks like example.net, .example.net or *',
    );
  return { side, domain };
}
