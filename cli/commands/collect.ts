import { defaultPort, isUser, keepText, parseKeep, parseTlsMode, type SourceFacts } from '../../core/collect/source.ts';
import { isHostname } from '../../core/settings/hostname.ts';
import { parseSecretReference } from '../../core/settings/secret-reference.ts';
import { parseAccountId } from '../../core/values/address.ts';
import { parseIp } from '../../core/values/network.ts';
import { confirm } from '../ask.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { print, printJson, say } from '../output.ts';
import { howToPutSecret } from '../secret-place.ts';
import { columns, table } from '../table.ts';
import { placeOf, withWorld } from '../with-world.ts';
import { noSuchSource, sourceCells, sourceDetails, sourceHead, sourceJson, sourceNameOf } from './collect-view.ts';

export const collectCommands: readonly Command[] = [
  {
    words: ['collect', 'add'],
    args: [{ name: 'NAME' }],
    options: {
      ...dataOption,
      host: { value: 'HOST', doc: 'The POP3 server.' },
      port: { value: 'PORT', doc: 'Default: 995 with --tls implicit, else 110' },
      tls: { value: 'MODE', doc: 'implicit, starttls or none. Default: implicit' },
      insecure: { doc: 'With --tls none: send the password in the clear all the same.' },
      user: { value: 'USER', doc: 'Who logs in there.' },
      password: {
        value: 'secret:NAME',
        doc: 'The secret that holds the password: the file secrets/NAME of the data directory, or mailweir/STAGE/NAME in Secrets Manager.',
      },
      account: { value: 'ACCOUNT', doc: 'The account here whose INBOX gets the mail.' },
      keep: {
        value: 'TIME',
        doc: 'What is collected stays there: forever, no (deleted once it is safe here), or days: 14d. Default: forever',
      },
    },
    summary: 'Collect mail from an account at another server.',
    details: [
      '  mailweir collect add old-box --host pop.example.net --user alice --password secret:old-box --account alice@example.org',
      '',
      'The password is never given on the command line, where every user of the machine could read it: put it into a file of mode 0600 first.',
    ].join('\n'),
    run: addSource,
  },
  {
    words: ['collect', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption },
    summary: 'List the sources, what their last runs brought, and when the next ones are.',
    run: listSources,
  },
  {
    words: ['collect', 'show'],
    args: [{ name: 'NAME' }],
    options: { ...dataOption, ...jsonOption },
    summary: 'Show one source and all that is known of its last run.',
    run: showSource,
  },
  {
    words: ['collect', 'remove'],
    args: [{ name: 'NAME' }],
    options: { ...dataOption, yes: { doc: 'Do not ask on a terminal.' } },
    summary: 'Remove a source and what is remembered of it; its mail stays in both places.',
    details: 'Whoever adds it again collects all that is still on the server once more. `collect hold` only stops it.',
    run: removeSource,
  },
];

async function addSource(call: Call): Promise<void> {
  const facts = factsOf(call);
  await withWorld(call, 'create', async ({ collectSources, secrets, clock }) => {
    const added = await collectSources.add(facts, clock.now());
    if (typeof added === 'string') throw notAdded(added, facts);
    print(`added ${facts.name}: ${facts.user} at ${facts.host} for ${facts.account}`);
    if ((await secrets.get(facts.secret)) === undefined)
      say(`  the secret ${facts.secret} is missing: ${howToPutSecret(placeOf(call), facts.secret)}`);
  });
}

function factsOf(call: Call): SourceFacts {
  const [name = ''] = call.args;
  const tls = parsed(call, 'tls', 'implicit', parseTlsMode, 'implicit, starttls or none');
  if (tls === 'none' && !call.has('insecure'))
    throw usage('--tls none sends the password in the clear', 'if nobody can listen on the way, say so with --insecure');
  return {
    name: sourceNameOf(name),
    host: parsed(call, 'host', undefined, hostOf, 'a host name or an IP address'),
    port: parsed(call, 'port', String(defaultPort(tls)), portOf, 'a port from 1 to 65535'),
    tls,
    user: parsed(call, 'user', undefined, (text) => (isUser(text) ? text : undefined), 'a user name without control characters'),
    secret: passwordReference(call),
    keep: parsed(call, 'keep', 'forever', parseKeep, 'forever, no, or days: 14d'),
    account: parsed(call, 'account', undefined, parseAccountId, 'an account like alice@example.org'),
  };
}

/** @param otherwise when the option is left out; undefined: it must not be */
function parsed<T>(call: Call, option: string, otherwise: string | undefined, parse: (text: string) => T | undefined, wanted: string): T {
  const text = call.value(option) ?? otherwise;
  if (text === undefined) throw usage(`--${option} is missing: ${wanted}`);
  const value = parse(text);
  if (value === undefined) throw usage(`--${option} takes ${wanted}; ${JSON.stringify(text.slice(0, 80))} is not`);
  return value;
}

/** What is given instead of a reference may be the password itself: it is never repeated. */
function passwordReference(call: Call): string {
  const secret = parseSecretReference(call.value('password') ?? '');
  if (secret !== undefined) return secret;
  throw usage(
    '--password takes secret:NAME, never the password itself',
    `${howToPutSecret(placeOf(call), 'NAME')}; if it was just typed here, change it: it is in the history now`,
  );
}

const hostOf = (text: string): string | undefined => parseIp(text) ?? (isHostname(text) ? text.toLowerCase() : undefined);
const portOf = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined;

const usage = (message: string, hint = 'mailweir collect add --help shows how it is used'): CommandFailure =>
  new CommandFailure('usage', message, hint);

function notAdded(why: 'name-taken' | 'too-many' | 'no-such-account', { name, account }: SourceFacts): CommandFailure {
  switch (why) {
    case 'name-taken':
      return new CommandFailure('refused', `there is a source ${name} already`, 'mailweir collect show tells what it is; remove it first');
    case 'too-many':
      return new CommandFailure('refused', 'there are as many sources as there may be', 'mailweir collect list shows them');
    case 'no-such-account':
      return new CommandFailure('refused', `there is no account ${account}`, 'mailweir account add makes one');
  }
}

async function listSources(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ collectSources, clock }) => {
    const sources = await collectSources.list();
    const now = clock.now();
    if (call.has('json')) return printJson(sources.map((source) => sourceJson(source, now)));
    const rows = sources.map((source) => sourceCells(source, now));
    print(table(sourceHead, rows, 'no sources; add one with: mailweir collect add NAME'));
  });
}

async function showSource(call: Call): Promise<void> {
  const name = sourceNameOf(call.args[0] ?? '');
  await withWorld(call, 'fail', async ({ collectSources, clock }) => {
    const source = await collectSources.find(name);
    if (source === undefined) throw noSuchSource(name);
    if (call.has('json')) return printJson(sourceJson(source, clock.now()));
    print(columns([...sourceDetails(source, clock.now()), ['stays there', keepText(source.keep)]]));
  });
}

async function removeSource(call: Call): Promise<void> {
  const name = sourceNameOf(call.args[0] ?? '');
  if (!call.has('yes')) await confirm(`Remove ${name} and forget what was collected from it?`);
  await withWorld(call, 'fail', async ({ collectSources }) => {
    if (!(await collectSources.remove(name))) throw noSuchSource(name);
    print(`removed ${name}`);
  });
}
