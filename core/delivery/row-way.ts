import type { LiveSettings } from '../settings/live-settings.ts';
import type { SpoolRow } from './spool.ts';
import { type RoutedMail, wayKey } from './way.ts';

/** A report goes on where TLS all the way is not to be had, rather than nowhere (RFC 8689 section 5). */
export const mailOf = ({ nextHop, reversePath, via, requireTls }: SpoolRow): RoutedMail => ({
  domain: nextHop.kind === 'domain' ? nextHop.domain : '',
  sender: reversePath,
  ...(via === undefined ? {} : { via }),
  ...(requireTls === undefined || reversePath === '' ? {} : { requireTls }),
});

/** Rows with the same text leave the same way. */
export const wayOfRow = (row: SpoolRow, settings: LiveSettings): string => wayKey(mailOf(row), settings);
