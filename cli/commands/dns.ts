import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { type MailRecordFacts, mailNotes, mailRecords, type Note } from '../../core/setup/mail-records.ts';
import { canBeSetUp, type MailService } from '../../core/setup/mail-service.ts';
import { sendingHosts } from '../../core/setup/sending-hosts.ts';
import { transportPolicy, transportPolicyText } from '../../core/setup/transport-policy.ts';
import { possiblePaths, webFiles, webNames, webRecords } from '../../core/setup/web-files.ts';
import { domainOf } from '../../core/values/address.ts';
import { stageSecrets } from '../../platform/aws/stage-names.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import type { CommandWorld } from '../command-world.ts';
import { print, printJson } from '../output.ts';
import type { SetupOptions } from '../setup/options.ts';
import { visible } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const dnsCommand: Command = {
  words: ['dns'],
  args: [{ name: 'DOMAIN' }],
  options: {
    ...dataOption,
    ...jsonOption,
    out: { value: 'DIR', doc: 'Write the files by which clients set themselves up, and the policy of MTA-STS, for a static host.' },
    web: { value: 'HOST', doc: 'Name of that static host: print the records that lead to it, too.' },
    include: {
      value: 'NAME',
      doc: 'Name that the SPF record includes: what a smarthost says, or another service that sends for the domain.',
      multiple: true,
    },
    dmarc: { value: 'POLICY', doc: 'What others shall do with forged mail: none, quarantine or reject. Default: none' },
    'mta-sts': { value: 'MODE', doc: 'testing, enforce or none. Default: testing' },
    reports: { value: 'ADDRESS', doc: 'Where reports of DMARC and TLS go. Default: postmaster@DOMAIN' },
  },
  summary: 'Print what to publish for a domain: MX, SPF, DKIM, DMARC, MTA-STS, TLS-RPT and SRV records, as lines of a zone file.',
  details: `  mailweir dns example.org >> example.org.zone
  mailweir dns example.org --out public --web static.example.net

Names, ports and ways out are those in force. Nothing is asked of the DNS, and nothing is changed there. Files that --out finds are overwritten
only if they are as this command wrote them; their digests stand in .mailweir-dns.json beside them.`,
  run: tellSetup,
};

async function tellSetup(call: Call): Promise<void> {
  const [{ setupOptions }, { setupText, setupJson }] = await Promise.all([import('../setup/options.ts'), import('../setup/setup-text.ts')]);
  const options = setupOptions(call);
  await withWorld(call, 'fail', async (world) => {
    const { settingsInForce, mailService } = await import('../setup/read-facts.ts');
    const settings = await settingsInForce(world);
    const service = mailService(options.domain, settings, world.delivery);
    const setup = await setupOf(options, service, settings, world);
    const written = await writtenTo(call.value('out'), setup);
    if (call.has('json')) return printJson(setupJson({ ...setup, written }));
    print(
      setupText({ ...setup, written })
        .split('\n')
        .map(visible)
        .join('\n'),
    );
  });
}

async function setupOf(options: SetupOptions, service: MailService, settings: LiveSettings, world: CommandWorld) {
  const { profileIds } = await import('../setup/stable-ids.ts');
  const { domain, hostname } = service;
  const facts = await factsOf(options, service, settings, world);
  const files = webFiles(service, facts.sts?.policy, profileIds(domain));
  const names = webNames(domain, files);
  const records = [...mailRecords(facts), ...(options.web === undefined ? [] : webRecords(names, options.web))];
  const notes = [...mailNotes(facts), ...(await placeNotes(options, service, settings, world))];
  return { domain, hostname, records, notes, files, webNames: names };
}

async function factsOf(options: SetupOptions, service: MailService, settings: LiveSettings, world: CommandWorld): Promise<MailRecordFacts> {
  const [{ policyId }, { dkimKeys, dkimRecord, dkimRecordName }] = await Promise.all([
    import('../setup/stable-ids.ts'),
    import('../../platform/node/dkim-keys.ts'),
  ]);
  const { domain, hostname, smtp } = service;
  const keys = await dkimKeys(world.secrets, domain);
  // One of no effect is how an earlier one is taken back (RFC 8461 section 8.3), also when mail comes here no more.
  const policy = smtp.enabled || options.sts === 'none' ? transportPolicy(service, options.sts) : undefined;
  return {
    ...options,
    service,
    senders: sendingHosts(domain, settings),
    // Sessions on AWS leave by a gateway, under a name of its own beside the edge's.
    directName: world.delivery === 'functions' ? `out.${hostname}` : hostname,
    keys: keys.map((key) => ({ name: dkimRecordName(key), text: dkimRecord(key) })),
    sts: policy === undefined ? undefined : { policy, id: policyId(transportPolicyText(policy)) },
  };
}

/** @throws CommandFailure when the policy would make others hold back mail because of our own certificate */
async function placeNotes(
  { reports, sts, domain }: SetupOptions,
  service: MailService,
  settings: LiveSettings,
  { accounts, secrets, clock, delivery }: CommandWorld,
): Promise<readonly Note[]> {
  const { certificateFit } = await import('../setup/certificate-fit.ts');
  const usualSecret = delivery === 'functions' ? stageSecrets.certificate : undefined;
  const { state, words } = await certificateFit(service.hostname, { settings, secrets, usualSecret, now: clock.now() });
  const fits = state === 'fits' || state === 'unknown';
  if (service.smtp.enabled && sts === 'enforce' && !fits)
    throw new CommandFailure(
      'refused',
      `${words} Others would not deliver by a policy that is enforced`,
      'tls/certificate names the one in use',
    );
  const nobody = domainOf(reports) === domain && (await accounts.resolve(reports)).kind !== 'local';
  return [
    ...(service.smtp.enabled ? [{ about: 'MTA-STS', text: words } as const] : []),
    ...(nobody ? [{ about: 'DMARC', text: `${reports} is nobody's yet: mailweir alias add ${reports} TARGET` } as const] : []),
    ...(canBeSetUp(service)
      ? []
      : [{ about: 'SRV', text: 'No files for clients: they need submission, and IMAP or POP3, with passwords.' } as const]),
  ];
}

async function writtenTo(out: string | undefined, { domain, files }: Awaited<ReturnType<typeof setupOf>>) {
  if (out === undefined) return undefined;
  const { writeOwnFiles } = await import('../setup/own-files.ts');
  return await writeOwnFiles(out, domain, files, possiblePaths(domain));
}
