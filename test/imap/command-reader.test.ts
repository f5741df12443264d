import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ReadingLimits, readCommand } from '../../listeners/imap/command-reader.ts';
import { LiteralUnfinished } from '../../listeners/imap/literals.ts';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import type { Connection, Line } from '../../listeners/net/connection.ts';

const halfAnHour = 1_800_000;
const limits: ReadingLimits = { lines: 1_000, literal: 100, literals: 200, timeout: halfAnHour };

/** Answers reads from a list, an array being octets, and keeps how long each one would have waited. */
function scripted(answers: readonly (Line | string | readonly string[])[]) {
  const waits: number[] = [];
  const left = [...answers];
  const connection: Pick<Connection, 'readLine' | 'readExactly' | 'write'> = {
    readLine: async (_, timeout) => {
      waits.push(timeout);
      const next = left.shift() ?? { kind: 'end' };
      return typeof next === 'string' ? { kind: 'line', bytes: Buffer.from(next) } : (next as Line);
    },
    async *readExactly(_, timeout) {
      waits.push(timeout);
      for (const octets of left.shift() as readonly string[]) yield Buffer.from(octets);
    },
    write: () => undefined,
  };
  return { connection: connection as Connection, waits };
}

describe('reading a command', () => {
  it('waits long for one to begin, and two minutes for the rest of it', async () => {
    const { connection, waits } = scripted(['a LOGIN {5}', ['alice'], ' {6+}', ['secret'], '']);
    assert.equal((await readCommand(connection, limits, nothingAgreed)).kind, 'command');
    assert.deepEqual(waits, [halfAnHour, 120_000, 120_000, 120_000, 120_000]);
  });

  it('waits no longer for the rest than a stranger may take at all', async () => {
    const { connection, waits } = scripted(['a LOGIN {5}', ['alice'], ' x']);
    await readCommand(connection, { ...limits, timeout: 60_000 }, nothingAgreed);
    assert.deepEqual(waits, [60_000, 60_000, 60_000]);
  });

  it('does not take silence in the middle for idleness', async () => {
    await assert.rejects(readCommand(scripted(['a LOGIN {5}', ['al']]).connection, limits, nothingAgreed), LiteralUnfinished);
    await assert.rejects(
      readCommand(scripted(['a LOGIN {5}', ['alice'], { kind: 'timeout' }]).connection, limits, nothingAgreed),
      LiteralUnfinished,
    );
    assert.deepEqual(await readCommand(scripted([{ kind: 'timeout' }]).connection, limits, nothingAgreed), { kind: 'timeout' });
  });

  it('keeps the tag of a command that is too long', async () => {
    const grown = scripted(['a7 LOGIN {5}', ['alice'], { kind: 'too-long' }]);
    assert.deepEqual(await readCommand(grown.connection, limits, nothingAgreed), {
      kind: 'bad',
      answer: 'a7 BAD A command may have 1000 octets',
    });
    for (const [start, tag] of [
      ['a8 UID FETCH 1,2,3', 'a8'],
      ['a-tag-that-was-cut-off', '*'],
      ['', '*'],
    ] as const) {
      const begun = scripted([{ kind: 'too-long', start: Buffer.from(start) }]);
      assert.deepEqual(await readCommand(begun.connection, limits, nothingAgreed), {
        kind: 'bad',
        answer: `${tag} BAD A command may have 1000 octets`,
      });
    }
  });

  it('is not interrupted in the middle', async () => {
    const { connection } = scripted(['a LOGIN {5}', ['alice'], { kind: 'interrupted' }, ' x']);
    assert.equal((await readCommand(connection, limits, nothingAgreed)).kind, 'command');
  });
});
