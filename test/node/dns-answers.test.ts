import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DnsAnswers } from '../../platform/node/dns-answers.ts';

const scene = () => {
  const time = { ms: 0 };
  const asked: string[] = [];
  const answers = new DnsAnswers({ monotonic: () => time.ms });
  const ask = (name: string, records: readonly string[], ttl?: number) =>
    answers.ask(name, async () => {
      asked.push(name);
      return { records, ttl };
    });
  return { time, asked, answers, ask };
};

describe('answers of DNS', () => {
  it('are kept as long as their TTL says, at most an hour', async () => {
    const { time, asked, ask } = scene();
    await ask('A a', ['x'], 10);
    time.ms = 9_999;
    assert.deepEqual(await ask('A a', ['y'], 100_000), ['x']);
    time.ms = 10_000;
    assert.deepEqual(await ask('A a', ['y'], 100_000), ['y']);
    time.ms += 3_599_999;
    assert.deepEqual(await ask('A a', ['z']), ['y']);
    time.ms += 1;
    assert.deepEqual(await ask('A a', ['z']), ['z']);
    assert.equal(asked.length, 3);
  });

  it('without a TTL are kept for a minute, those that say nothing is there for half of one', async () => {
    const { time, asked, ask } = scene();
    await ask('MX a', ['x']);
    await ask('MX b', []);
    time.ms = 29_999;
    await Promise.all([ask('MX a', ['x']), ask('MX b', [])]);
    assert.equal(asked.length, 2);
    time.ms = 30_000;
    await Promise.all([ask('MX a', ['x']), ask('MX b', [])]);
    assert.deepEqual(asked.slice(2), ['MX b']);
    time.ms = 60_000;
    await ask('MX a', ['x']);
    assert.deepEqual(asked.slice(3), ['MX a']);
  });

  it('are one for all who ask while the question is out', async () => {
    const { answers } = scene();
    const waiting: ((answer: { records: string[] }) => void)[] = [];
    const question = () => new Promise<{ records: string[] }>((resolve) => void waiting.push(resolve));
    const all = Promise.all([1, 2, 3].map(() => answers.ask('A a', question)));
    assert.equal(waiting.length, 1);
    waiting[0]?.({ records: ['x'] });
    assert.deepEqual(await all, [['x'], ['x'], ['x']]);
  });

  it('that failed are asked for again', async () => {
    const { answers, ask } = scene();
    await assert.rejects(
      answers.ask('A a', () => Promise.reject(new Error('SERVFAIL'))),
      /SERVFAIL/,
    );
    assert.deepEqual(await ask('A a', ['x']), ['x']);
  });

  it('are of a bounded number, of which the oldest give way', async () => {
    const { asked, ask } = scene();
    for (let i = 0; i <= 10_000; i++) await ask(`A ${i}`, ['x'], 3600);
    asked.length = 0;
    await ask('A 10000', ['x']);
    await ask('A 1', ['x']);
    await ask('A 0', ['x']);
    assert.deepEqual(asked, ['A 0']);
  });

  it('are of a bounded size, whoever chooses what is asked and answered', async () => {
    const { asked, ask } = scene();
    const large = Array.from({ length: 16 }, () => 'x'.repeat(4096));
    for (let i = 0; i <= 300; i++) await ask(`TXT ${i}`, large, 3600);
    asked.length = 0;
    await ask('TXT 300', large);
    await ask('TXT 100', large);
    await ask('TXT 0', large);
    assert.deepEqual(asked, ['TXT 0']);
  });
});
