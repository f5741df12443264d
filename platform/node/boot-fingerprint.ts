import { createHmac, randomBytes } from 'node:crypto';

/** A one-way function under a random key that lives only in this process's memory: what it answers means nothing elsewhere, or tomorrow. */
export function bootFingerprint(): (text: string) => string {
  const key = randomBytes(32);
  return (text) => createHmac('sha256', key).update(text).digest('base64');
}
