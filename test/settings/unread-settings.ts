/** Exported objects of settings by the name they are imported under. */
export type Areas = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Objects that give the fields of several areas by protocol. */
const groups: Readonly<Record<string, readonly string[]>> = {
  listenerSettings: ['smtpSettings', 'msaSettings', 'pop3Settings', 'imapSettings'],
  loginListenerSettings: ['msaSettings', 'pop3Settings', 'imapSettings'],
};
const groupTypes = { ListenerSettings: 'listenerSettings', LoginListenerSettings: 'loginListenerSettings' };

/**
 * Finds declared settings that no source reads: nobody who imports their area, or a group it belongs to, mentions the field.
 * @param sources text of every file outside core/settings, tests and the command line left out
 * @returns `area.field` of each
 */
export function unreadSettings(areas: Areas, sources: readonly string[]): readonly string[] {
  const fields = Object.entries(areas).flatMap(([area, settings]) => Object.keys(settings).map((field) => ({ area, field })));
  return fields
    .filter(({ area, field }) => !sources.some((source) => reads(source, area, field)))
    .map(({ area, field }) => `${area}.${field}`);
}

function reads(source: string, area: string, field: string): boolean {
  const ways = [area, ...Object.keys(groups).filter((group) => groups[group]?.includes(area))];
  const types = Object.entries(groupTypes).filter(([, group]) => ways.includes(group));
  const imported = [...ways, ...types.map(([type]) => type)].some((name) => new RegExp(`import[^;]*\\b${name}\\b[^;]*from`).test(source));
  const body = source.replace(/^import[^;]*;/gm, '').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const mentioned = new RegExp(`(?:\\.${field}\\b|\\{[^{}]*\\b${field}\\b[^{}]*\\}\\s*=)`);
  return imported && mentioned.test(body);
}
