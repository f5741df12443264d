import { secretsPath } from '../platform/aws/stage-names.ts';
import type { Place } from './with-world.ts';

/** @returns how a secret is put where the processes find it, without being seen in a history */
export const howToPutSecret = (place: Place, name: string): string =>
  'stage' in place
    ? `put the password there: aws secretsmanager create-secret --name ${secretsPath(place.stage)}${name} --secret-string file:///dev/stdin`
    : `write the password into the file secrets/${name} of the data directory, mode 0600`;
