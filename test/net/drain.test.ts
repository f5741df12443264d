import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Drain, type DrainOptions } from '../../listeners/net/drain.ts';
import type { SessionRegistry } from '../../listeners/net/session-registry.ts';
import { startToy, ToyClient } from './toy.ts';

function drained(sessions: SessionRegistry, options: DrainOptions): Promise<void> {
  const drain = new Drain(sessions, Math.random);
  drain.within(options);
  return drain.over();
}

describe('a drain', () => {
  it('says goodbye to each session at its own moment, and lets nobody in', async (t) => {
    const edge = await startToy(t);
    const clients = await Promise.all(Array.from({ length: 10 }, () => ToyClient.open(edge.plain.port)));
    for (const client of clients) assert.equal(await client.line(), 'hello');
    edge.admission.close();
    const ended: number[] = [];
    const goodbyes = clients.map(async (client) => {
      assert.equal(await client.line(), 'bye draining');
      ended.push(performance.now());
    });
    assert.equal(await (await ToyClient.open(edge.plain.port)).line(), 'draining');
    await drained(edge.sessions, { spread: 1000, goodbye: 5000, hardStop: 5000, lastPatience: 5000 });
    await Promise.all(goodbyes);
    assert.ok(Math.max(...ended) - Math.min(...ended) > 400, 'spread over the time');
    assert.equal(edge.slots.counts.size, 0);
  });

  it('cuts off a client that hinders its goodbye', async (t) => {
    const edge = await startToy(t);
    const slow = await ToyClient.open(edge.plain.port);
    await slow.line();
    slow.socket.write('half a li');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await drained(edge.sessions, { spread: 10, goodbye: 5000, hardStop: 200, lastPatience: 5000 });
    assert.equal(await slow.line(), '(closed)');
    assert.equal(edge.slots.counts.size, 0);
  });

  it('says what is left of its goodbyes within a shorter time, once it is told so', async (t) => {
    const edge = await startToy(t);
    const clients = await Promise.all(Array.from({ length: 5 }, () => ToyClient.open(edge.plain.port)));
    for (const client of clients) await client.line();
    const drain = new Drain(edge.sessions, () => 0.5);
    drain.within({ spread: 3_600_000, goodbye: 5000, hardStop: 3_600_000, lastPatience: 5000 });
    drain.within({ spread: 10, goodbye: 5000, hardStop: 60_000, lastPatience: 5000 });
    for (const client of clients) assert.equal(await client.line(), 'bye draining');
    await drain.over();
    assert.equal(edge.slots.counts.size, 0);
  });

  it('cuts off who is still in the midst of a command when its own time for that is over', async (t) => {
    const edge = await startToy(t);
    const slow = await ToyClient.open(edge.plain.port);
    await slow.line();
    slow.socket.write('half a li');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await drained(edge.sessions, { spread: 10, goodbye: 100, hardStop: 3_600_000, lastPatience: 5000 });
    assert.equal(await slow.line(), '(closed)');
    assert.equal(edge.slots.counts.size, 0);
  });

  it('does not wait for a session that never comes to its end', async (t) => {
    const edge = await startToy(t);
    const hung = await ToyClient.open(edge.plain.port);
    await hung.line();
    hung.socket.write('hang\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const drain = new Drain(edge.sessions, Math.random);
    drain.within({ spread: 10, goodbye: 60_000, hardStop: 60_000, lastPatience: 5000 });
    drain.cutNow({ lastPatience: 100 });
    await drain.over();
    assert.equal(await hung.line(), '(closed)');
    assert.equal(edge.sessions.size, 1);
  });
});
