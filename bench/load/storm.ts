import { LineClient } from './line-client.ts';

/** Opens all sessions of one account at once, waits until each got in or was refused, ends them, and begins anew, until it is ended. */
const [port = '', from = '127.0.0.9', atOnce = '200'] = process.argv.slice(2);

for (;;) {
  const clients = await Promise.all(Array.from({ length: Number(atOnce) }, () => logIn()));
  for (const client of clients) await client?.end();
  console.log('round');
}

async function logIn(): Promise<LineClient | undefined> {
  try {
    const client = new LineClient(Number(port), from);
    await client.until(/^\* OK /m);
    await client.ask('a LOGIN stormer@example.test wonderland\r\n', /^a (OK|NO) /m);
    return client;
  } catch {
    return undefined; // turned away at the door: the round before is not all gone yet
  }
}
