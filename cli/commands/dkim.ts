import type { SecretStore } from '../../core/world.ts';
import type { DkimKey, DkimKeyType } from '../../platform/node/dkim-keys.ts';
import { confirm } from '../ask.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { type PublishedKey, publishedKey, recordText, zoneLine } from '../dkim-record.ts';
import { print, printJson } from '../output.ts';
import { readableTime } from '../readable.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

const domainArgument = [{ name: 'DOMAIN' }] as const;
const selectorOption = { selector: { value: 'NAME', doc: 'The key of this selector.' } } as const;
const loadKeys = () => import('../../platform/node/dkim-keys.ts'); // late: help needs no keys

export const dkimCommands: readonly Command[] = [
  {
    words: ['dkim', 'add'],
    args: domainArgument,
    options: {
      ...dataOption,
      selector: { value: 'NAME', doc: 'Name of the key in the DNS: letters, digits and hyphens. Default: m and the date.' },
      type: { value: 'TYPE', doc: 'rsa (2048 bits, every receiver knows it) or ed25519. Default: rsa' },
    },
    summary: 'Make a key that signs mail of a domain, and show what to publish for it.',
    details:
      '  mailweir dkim add example.org\n\nOf several keys the newest one signs whose record is published, so a new key can be made at any time: it takes over by itself.',
    run: addKey,
  },
  {
    words: ['dkim', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption },
    summary: 'List the keys that sign.',
    run: listKeys,
  },
  {
    words: ['dkim', 'show'],
    args: domainArgument,
    options: {
      ...dataOption,
      ...jsonOption,
      ...selectorOption,
      check: { doc: 'Ask the DNS whether it is published so; exit code 1 if not.' },
    },
    summary: 'Show what is to be published for the keys of a domain.',
    run: showKeys,
  },
  {
    words: ['dkim', 'remove'],
    args: domainArgument,
    options: { ...dataOption, ...selectorOption, yes: { doc: 'Do not ask on a terminal.' } },
    summary: 'Remove a key; the record in the DNS should stay for a week longer.',
    run: removeKey,
  },
];

async function addKey(call: Call): Promise<void> {
  const { dkimKeys, keepDkimKey, makeDkimKey } = await loadKeys();
  const domain = await domainOf(call);
  const type = typeOf(call);
  const given = await selectorOf(call);
  await withWorld(call, 'create', async ({ secrets, clock }) => {
    const now = clock.now();
    const selector = given ?? `m${new Date(now).toISOString().slice(0, 10).replaceAll('-', '')}`;
    if ((await dkimKeys(secrets, domain)).some((key) => key.selector === selector)) {
      throw new CommandFailure('refused', `${domain} has a key ${selector} already`, 'name the new one with --selector');
    }
    const key = await makeDkimKey(domain, selector, type, now);
    await keepDkimKey(secrets, key);
    print(`added the key ${selector} of ${domain}; it signs once this is published:\n`);
    print(recordText(key));
  });
}

async function selectorOf(call: Call): Promise<string | undefined> {
  const { isSelector } = await loadKeys();
  const selector = call.value('selector')?.toLowerCase();
  if (selector === undefined || isSelector(selector)) return selector;
  throw new CommandFailure('usage', `${JSON.stringify(selector.slice(0, 80))} is no selector`, 'a selector is one label: mail2026');
}

async function listKeys(call: Call): Promise<void> {
  const { dkimKeys } = await loadKeys();
  await withWorld(call, 'fail', async ({ secrets }) => {
    const keys = [...(await dkimKeys(secrets))].sort((a, b) => a.domain.localeCompare(b.domain));
    if (call.has('json')) {
      return printJson(keys.map(({ domain, selector, type, createdAt }) => ({ domain, selector, type, ...createdIn(createdAt) })));
    }
    const rows = keys.map(({ domain, selector, type, createdAt }) => [
      domain,
      selector,
      type,
      createdAt === 0 ? '' : readableTime(createdAt),
    ]);
    print(table(['domain', 'selector', 'type', 'created'], rows, 'no keys; make one with: mailweir dkim add DOMAIN'));
  });
}

async function showKeys(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ secrets, resolver }) => {
    const keys = await chosenKeys(call, secrets);
    const checks = call.has('check') ? await Promise.all(keys.map((key) => publishedKey(key, resolver))) : [];
    if (call.has('json')) printJson(keys.map((key, i) => described(key, checks[i])));
    else print(keys.map((key, i) => recordText(key) + (checks[i] === undefined ? '' : `\n\n${checks[i].words}`)).join('\n\n'));
    if (checks.some(({ state }) => state !== 'published')) process.exitCode = 1;
  });
}

async function removeKey(call: Call): Promise<void> {
  const { removeDkimKey } = await loadKeys();
  await withWorld(call, 'fail', async ({ secrets }) => {
    const [key, another] = await chosenKeys(call, secrets);
    if (key === undefined) return;
    if (another !== undefined)
      throw new CommandFailure('usage', `${key.domain} has several keys`, 'name one with --selector; mailweir dkim list shows them');
    if (!call.has('yes')) await confirm(`Remove the key ${key.selector} of ${key.domain}? It can't be had back.`);
    await removeDkimKey(secrets, key);
    print(`removed the key ${key.selector} of ${key.domain}; keep its record for a week: mail that it signed may still be under way`);
  });
}

/** @throws CommandFailure when there is none */
async function chosenKeys(call: Call, secrets: SecretStore): Promise<readonly DkimKey[]> {
  const { dkimKeys } = await loadKeys();
  const domain = await domainOf(call);
  const selector = await selectorOf(call);
  const keys = (await dkimKeys(secrets, domain)).filter((key) => selector === undefined || key.selector === selector);
  if (keys.length > 0) return keys;
  throw new CommandFailure(
    'refused',
    `${domain} has no ${selector === undefined ? 'key' : `key ${selector}`}`,
    `mailweir dkim add ${domain} makes one`,
  );
}

async function domainOf({ args: [text = ''] }: Call): Promise<string> {
  const { dkimDomain } = await loadKeys();
  const domain = dkimDomain(text);
  if (domain === undefined)
    throw new CommandFailure('usage', `${JSON.stringify(text.slice(0, 80))} is no domain`, 'a domain looks like example.org');
  return domain;
}

function typeOf(call: Call): DkimKeyType {
  const type = call.value('type') ?? 'rsa';
  if (type === 'rsa' || type === 'ed25519') return type;
  throw new CommandFailure('usage', `${JSON.stringify(type.slice(0, 80))} is no type of key`, 'the types are rsa and ed25519');
}

const createdIn = (at: number) => (at === 0 ? {} : { createdAt: new Date(at).toISOString() });

const described = (key: DkimKey, check: PublishedKey | undefined) => ({
  domain: key.domain,
  selector: key.selector,
  type: key.type,
  ...createdIn(key.createdAt),
  ...zoneLine(key),
  ...(check === undefined ? {} : { published: check.state }),
});
