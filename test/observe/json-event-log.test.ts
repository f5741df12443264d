import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';

function logged(write: (log: ReturnType<typeof jsonEventLog>) => void): { readonly line: string; readonly json: Record<string, unknown> } {
  const lines: string[] = [];
  write(jsonEventLog((line) => lines.push(line), { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) }));
  const [line = ''] = lines;
  assert.equal(lines.length, 1);
  return { line, json: JSON.parse(line) };
}

describe('the JSON event log', () => {
  it('writes one line with time, level, name and fields', () => {
    const { line, json } = logged((log) => log.event('session-ended', { protocol: 'imap', seconds: 3, account: undefined }));
    assert.deepEqual(json, { at: '2026-01-02T03:04:05.000Z', level: 'info', event: 'session-ended', protocol: 'imap', seconds: 3 });
    assert.ok(!line.includes('\n'));
  });

  it('escapes whatever could break the line, move a cursor or turn the text round', () => {
    const hostile = 'a\r\nb\u001b[2J\u007f\u009b\u2028\u202e\u2066\ufeff"';
    const { line, json } = logged((log) => log.event('session-ended', { hello: hostile }));
    assert.match(line, /^[\x20-\x7e]+$/);
    assert.equal(json.hello, hostile);
  });

  it('bounds a field, however long the text from outside is', () => {
    const { line } = logged((log) => log.event('session-ended', { hello: 'x'.repeat(1_000_000) }));
    assert.ok(line.length < 2500);
  });

  it('never lets a field pretend to be another event or another time', () => {
    const { json } = logged((log) => log.event('session-ended', { event: 'all-well', at: 'never', level: 'none' }));
    assert.deepEqual([json.event, json.level], ['session-ended', 'info']);
    assert.equal(json.at, '2026-01-02T03:04:05.000Z');
  });

  it('tells a failure whole, with its causes, even when they go round in a circle', () => {
    const inner: Error & { code?: string } = new Error('disk gone');
    inner.code = 'EIO';
    const outer = new Error('append failed', { cause: new AggregateError([inner], 'both writers') });
    inner.cause = outer;
    const { json } = logged((log) => log.failure('delivery-failed', outer, { row: 'r1' }));
    const text = JSON.stringify(json);
    assert.equal(json.level, 'error');
    for (const part of ['append failed', 'both writers', 'disk gone', 'EIO', 'json-event-log.test.ts'])
      assert.ok(text.includes(part), part);
    assert.ok(text.length < 60_000);
  });

  it('takes a thrown value that is no error', () => {
    const { json } = logged((log) => log.failure('delivery-failed', 'out of luck'));
    assert.deepEqual(json.error, { name: 'thrown', message: 'out of luck' });
  });
});
