import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { constants, createInflateRaw, type InflateRaw } from 'node:zlib';

const patience = 60_000; // ms

/** Stands between a client and the server and writes down what the client says, compressed or not. */
export interface Wiretap {
  readonly port: number;
  /** Lines of all its connections so far, literals' contents among them; latin1. */
  lines(): readonly string[];
  /** Waits for a line behind the first `known` ones. */
  says(line: RegExp, known?: number): Promise<void>;
  stop(): Promise<void>;
}

export async function wiretap(port: number): Promise<Wiretap> {
  const heard: { text: string }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const said = { text: '' };
    heard.push(said);
    const listen = listener(said);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (octets: Buffer) => {
        listen(from === client ? 'client' : 'server', octets);
        if (!to.write(octets)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => to.end());
      from.on('error', () => to.destroy()); // a client that is killed resets; the other side shows it
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const lines = (): readonly string[] => heard.flatMap(({ text }) => text.split('\r\n').slice(0, -1));
  return {
    port: (server.address() as { port: number }).port,
    lines,
    says: async (line, known = 0) => {
      const deadline = Date.now() + patience;
      while (
        !lines()
          .slice(known)
          .some((one) => line.test(one))
      ) {
        assert.ok(Date.now() < deadline, `it never said ${line}, but ${JSON.stringify(lines().slice(-20))}`);
        await new Promise((again) => setTimeout(again, 20));
      }
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Once a COMPRESS was agreed on, both directions are one deflate stream each (RFC 4978). */
function listener(said: { text: string }): (who: 'client' | 'server', octets: Buffer) => void {
  let inflate: InflateRaw | undefined;
  let asked: string | undefined;
  return (who, octets) => {
    if (who === 'server') {
      if (asked !== undefined && octets.toString('latin1').includes(`${asked} OK`)) {
        inflate ??= createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
        inflate.on('data', (plain: Buffer) => {
          said.text += plain.toString('latin1');
        });
        inflate.on('error', () => undefined); // a stream cut off in the middle
      }
      return;
    }
    if (inflate !== undefined) inflate.write(octets);
    else said.text += octets.toString('latin1');
    asked ??= /^(\S+) COMPRESS DEFLATE\r\n/im.exec(said.text)?.[1];
  };
}

/** What of a client's words shows that it uses an extension, by the name that servers announce. */
const signs: Readonly<Record<string, RegExp>> = {
  'SASL-IR': /^\S+ AUTHENTICATE \S+ \S/i,
  'LITERAL+': /\{\d+\+\}$/,
  ID: /^\S+ ID /i,
  ENABLE: /^\S+ ENABLE /i,
  CONDSTORE: /CONDSTORE|CHANGEDSINCE|UNCHANGEDSINCE|HIGHESTMODSEQ/i,
  QRESYNC: /\(QRESYNC \(| VANISHED\)/i,
  IDLE: /^\S+ IDLE$/i,
  NAMESPACE: /^\S+ NAMESPACE$/i,
  UIDPLUS: /^\S+ UID EXPUNGE /i,
  MOVE: /^\S+ (?:UID )?MOVE /i,
  UNSELECT: /^\S+ UNSELECT$/i,
  'LIST-EXTENDED': /^\S+ LIST .* RETURN \(|^\S+ LIST \(/i,
  'LIST-STATUS': /^\S+ LIST .*STATUS \(/i,
  'SPECIAL-USE': /SPECIAL-USE/i,
  'COMPRESS=DEFLATE': /^\S+ COMPRESS DEFLATE$/i,
  SORT: /^\S+ (?:UID )?SORT /i,
  'THREAD=REFERENCES': /^\S+ (?:UID )?THREAD /i,
  ESEARCH: /^\S+ (?:UID )?SEARCH RETURN /i,
  MULTIAPPEND: /^ .*\{\d+\+?\}$/,
  NOTIFY: /^\S+ NOTIFY /i,
  QUOTA: /^\S+ GETQUOTA/i,
  ACL: /^\S+ (?:MYRIGHTS|GETACL) /i,
};

/**
 * @param expected names of extensions that this client uses where they are announced
 * @returns what it was seen to use, in words
 */
export function assertUses(tap: Wiretap, announced: readonly string[], expected: readonly string[]): string {
  const used = extensionsUsed(tap.lines());
  assert.deepEqual(
    expected.filter((name) => announced.includes(name) && !used.includes(name)),
    [],
    `announced and not used; it said ${JSON.stringify(tap.lines().slice(0, 60))}`,
  );
  return `uses ${used.join(' ')}`;
}

/** Extensions that a client was seen to use, by their names. */
export const extensionsUsed = (lines: readonly string[]): readonly string[] =>
  Object.entries(signs).flatMap(([name, sign]) => (lines.some((line) => sign.test(line)) ? [name] : []));
