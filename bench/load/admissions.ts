import { LineClient } from './line-client.ts';

/** One session from an address of its own. @param i counts the sessions. @returns ms until it was let in */
export type Admission = (port: number, i: number) => Promise<number>;

/** Greeting and goodbye, each from another address of 127/8. */
export const smtpGreeting: Admission = async (port, i) => {
  const begun = performance.now();
  const client = new LineClient(port, loopback(i));
  await client.until(/^220 /m);
  const took = performance.now() - begun;
  await client.ask('QUIT\r\n', /^221 /m);
  await client.end();
  return took;
};

/** Accounts that the server must have: user-0 to user-9. */
export const benchAccounts = 10;
/** So few that each login's password was proved a moment ago: what is measured is not the hash. */
const loginAddresses = 20;

/** Login and logout. */
export const imapLogin: Admission = async (port, i) => {
  const begun = performance.now();
  const client = new LineClient(port, loopback(i % loginAddresses));
  await client.until(/^\* OK /m);
  await client.ask(`a LOGIN user-${Math.floor(i / loginAddresses) % benchAccounts}@example.test wonderland\r\n`, /^a OK /m);
  const took = performance.now() - begun;
  await client.ask('b LOGOUT\r\n', /^b OK /m);
  await client.end();
  return took;
};

const loopback = (i: number): string => `127.${1 + ((i >> 16) & 63)}.${(i >> 8) & 255}.${(i & 255) === 0 ? 1 : i & 255}`;
