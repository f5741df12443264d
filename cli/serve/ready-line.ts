/** @returns `ready smtp 2525 · imap 2143 · imap tls 2993`: every listener that accepts */
export const readyLine = (ports: Readonly<Record<string, number>>): string =>
  `ready ${Object.entries(ports)
    .map(([name, port]) => `${name.replace('-tls', ' tls')} ${port}`)
    .join(' · ')}`;
