import { argon2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** OWASP's least for argon2id, 19 MiB and two passes: about 30 ms of one core. */
const ours = { memory: 19_456, passes: 2, parallelism: 1 } as const; // memory in KiB
const tagLength = 32; // octets
const saltLength = 16; // octets

const phcForm = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

const unpadded = (octets: Uint8Array): string => Buffer.from(octets).toString('base64').replace(/=+$/, '');

/** Blocks the calling thread: for a worker. @returns a PHC string with a fresh salt */
export function hashArgon2id(password: string): string {
  const nonce = randomBytes(saltLength);
  const tag = argon2Sync('argon2id', { message: password, nonce, ...ours, tagLength });
  return `$argon2id$v=19$m=${ours.memory},t=${ours.passes},p=${ours.parallelism}$${unpadded(nonce)}$${unpadded(tag)}`;
}

/** Blocks the calling thread: for a worker. @throws when `phc` is no argon2id hash of version 19 */
export function verifyArgon2id(password: string, phc: string): boolean {
  const form = phcForm.exec(phc);
  if (form === null) throw new Error('the stored password hash is not an argon2id PHC string');
  const [, memory, passes, parallelism, salt, hash] = form as unknown as [string, string, string, string, string, string];
  const wanted = Buffer.from(hash, 'base64');
  const tag = argon2Sync('argon2id', {
    message: password,
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: wanted.length,
  });
  return timingSafeEqual(tag, wanted);
}
