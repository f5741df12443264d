import { join } from 'node:path';
import type { BodyId } from '../../../core/values/ids.ts';

/** Two levels of 32 directories by the id's last, random characters: a million bodies are a thousand files per directory. */
export const bodyPath = (dir: string, id: BodyId): string => join(dir, id.slice(-1), id.slice(-2, -1), id);
