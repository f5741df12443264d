import { areas, withMode } from './catalogue.ts';
import { defaultAt } from './default-value.ts';
import { type Profile, profiles, valueInWords } from './profiles.ts';
import type { Place, Setting } from './setting.ts';

const titles: Readonly<Record<keyof typeof areas, string>> = {
  serverSettings: 'Server',
  tlsSettings: 'Certificate',
  smtpSettings: 'SMTP, port 25',
  msaSettings: 'Submission',
  pop3Settings: 'POP3',
  imapSettings: 'IMAP',
  mailboxSettings: 'Mailboxes',
  loginSettings: 'Login',
  netSettings: 'Connections',
  networkSettings: 'What counts as one address',
  outboundSettings: 'Outbound mail',
  collectSettings: 'Mail collected from other servers',
  slotsSettings: 'Slots',
};

const intro = `# Settings

Made from the catalogue (\`core/settings\`) by \`npm run docs\`; don't edit it here.

\`mailweir settings set imap/sessions-per-account 30\` changes a setting of running processes within two seconds, and no session is dropped.
Those marked *next start* take effect when the server is started again. \`mailweir settings unset NAME\` goes back to the profile's value,
or the default. \`mailweir serve --set NAME=VALUE\` sets it for that run only, until somebody sets the same name while it runs.

\`NAME/mode\` exists for every limit: \`enforce\`, the default, or \`observe\`, which refuses nobody by that limit and counts and reports
who would have been refused.

Times are written \`90s\`, \`5m\`, \`2h\` or \`3d\`, sizes \`64KB\` or \`35MB\` (powers of 1024). For a limit whose range begins at 0, 0 means unlimited.
`;

/** The text of docs/settings.md. */
export function describeSettings(): string {
  const sections = Object.entries(areas).map(([area, settings]) => section(titles[area as keyof typeof areas], Object.values(settings)));
  return [intro, ...sections, profileSection()].join('\n');
}

/** @returns the default as people read it, with the places where it differs */
export function describeDefault(setting: Setting<unknown>): string {
  if (setting.defaultInWords !== undefined) return setting.defaultInWords;
  const at = (place: Partial<Place>): string =>
    setting.format(defaultAt(setting, { world: 'embedded', loopbackOnly: true, hostname: "the machine's name", memory: 0, ...place })) ||
    'empty';
  const [loopback, open, aws] = [at({}), at({ loopbackOnly: false }), at({ world: 'aws', loopbackOnly: false })];
  if (loopback !== open) return `${loopback} on loopback, else ${open}`;
  return loopback === aws ? loopback : `${loopback} on one machine, ${aws} on AWS`;
}

function section(title: string, settings: readonly Setting<unknown>[]): string {
  const rows = settings.flatMap(withMode).map((setting) => {
    const doc = setting.fixed === true ? `*next start* ${setting.doc}` : setting.doc;
    return row([`\`${setting.name}\``, setting.type, describeDefault(setting), setting.allowed, doc, setting.from]);
  });
  return [
    `## ${title}\n`,
    row(['name', 'type', 'default', 'allowed', 'what it does', 'comes from']),
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function profileSection(): string {
  const rows = Object.entries(profiles).map(([name, { doc, values }]) => {
    const set = Object.entries(values).map(([setting, value]) => `\`${setting}\` ${valueInWords(value as Profile['values'][string])}`);
    return row([`\`${name}\``, doc, set.join(', ')]);
  });
  return [
    '## Profiles\n',
    '`mailweir settings profile NAME` applies the numbers of a product to all settings that nobody has set.\n',
    row(['profile', 'what it is', 'its values']),
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
