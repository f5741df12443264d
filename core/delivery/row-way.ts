import type { RoutedMail } from './route.ts';
import type { SpoolRow } from './spool.ts';

export const mailOf = ({ nextHop, reversePath, via, requireTls }: SpoolRow): RoutedMail => ({
  domain: nextHop.kind === 'domain' ? nextHop.domain : '',
  sender: reversePath,
  ...(via === undefined ? {} : { via }),
  ...(requireTls === undefined ? {} : { requireTls }),
});

/** Rows with the same text leave the same way. */
export const wayOfRow = (row: SpoolRow, _settings: unknown): string => {
  const { domain, sender, via, requireTls } = mailOf(row);
  return JSON.stringify([domain, sender, via, requireTls]);
};
