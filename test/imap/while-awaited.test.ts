import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Responses } from '../../listeners/imap/responses.ts';
import { Unattended, whileAwaited } from '../../listeners/imap/while-awaited.ts';
import { ConnectionLost } from '../../listeners/net/connection.ts';
import type { Ending } from '../../listeners/net/session.ts';

/** A session whose seconds the test lets pass. */
function awaited() {
  const written: string[] = [];
  const connection = {
    closed: false,
    broken: false,
    write(data: string | Uint8Array): Promise<void> | undefined {
      written.push(String(data));
      return this.broken ? Promise.reject(new ConnectionLost('gone')) : undefined;
    },
  };
  const session = { ending: undefined as Ending | undefined, mayAct: () => true };
  let wake = (): void => {};
  const clock = {
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  const ports = { clock, connection, session, out: new Responses(connection) } as unknown as Parameters<typeof whileAwaited>[0];
  const seconds = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) {
      wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  /** Goes on until it is told to stop. */
  const forever = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  return { ports, connection, session, written, seconds, forever };
}

describe('a long command', () => {
  it('gives its answer and says nothing when it is not long', async () => {
    const { ports, written } = awaited();
    assert.equal(await whileAwaited(ports, async () => 7), 7);
    assert.deepEqual(written, []);
  });

  it('tells now and then that it goes on', async () => {
    const { ports, written, seconds } = awaited();
    const work = Promise.withResolvers<number>();
    const answer = whileAwaited(ports, () => work.promise);
    await seconds(25);
    work.resolve(7);
    assert.equal(await answer, 7);
    assert.deepEqual(written, ['* OK Still searching\r\n', '* OK Still searching\r\n']);
  });

  it('stops soon after its client is gone, or as soon as that shows', async () => {
    const gone = awaited();
    const first = assert.rejects(whileAwaited(gone.ports, gone.forever), ConnectionLost);
    await gone.seconds(3);
    gone.connection.closed = true;
    await gone.seconds(1);
    await first;
    const silent = awaited();
    const second = assert.rejects(whileAwaited(silent.ports, silent.forever), ConnectionLost);
    silent.connection.broken = true;
    await silent.seconds(10);
    await second;
  });

  it('stops when the session has to end, but may finish while the server drains', async () => {
    const { ports, session, seconds, forever } = awaited();
    const answer = assert.rejects(whileAwaited(ports, forever), Unattended);
    session.ending = 'draining';
    await seconds(5);
    session.ending = 'kicked';
    await seconds(1);
    await answer;
  });

  it('fails as its work fails', async () => {
    const { ports } = awaited();
    await assert.rejects(
      whileAwaited(ports, () => Promise.reject(new Error('disk'))),
      /disk/,
    );
  });
});
