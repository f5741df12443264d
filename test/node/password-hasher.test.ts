import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Network } from '../../core/values/network.ts';
import { FairQueue } from '../../platform/node/fair-queue.ts';
import { openPasswordHasher } from '../../platform/node/password-hasher.ts';

const attacker = '203.0.113.9/32' as Network;
const home = '198.51.100.7/32' as Network;

describe('the password hasher', () => {
  const passwords = openPasswordHasher(1);
  after(() => passwords.close());

  it('makes PHC strings with fresh salts that verify the password and no other', async () => {
    const [first, second] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')]);
    assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    assert.notEqual(first, second);
    assert.equal(await passwords.verify('correct horse', first, home), true);
    assert.equal(await passwords.verify('correct horsf', first, home), false);
  });

  it('verifies the published vector of another implementation', async () => {
    // $ printf password | argon2 somesalt -id -t 2 -m 16 -p 1
    const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    assert.equal(await passwords.verify('password', phc, home), true);
  });

  it('throws on a stored hash it cannot read, and goes on working', async () => {
    await assert.rejects(passwords.verify('x', '$2y$10$abc', home), /not an argon2id PHC string/);
    const phc = await passwords.hash('x');
    assert.equal(await passwords.verify('x', phc, home), true);
  });

  it('serves an honest network within a turn while another floods it, and answers the flood as busy', async () => {
    const phc = await passwords.hash('secret');
    const flood = Array.from({ length: 200 }, (_, i) => passwords.verify(`guess ${i}`, phc, attacker));
    let floodDone = 0;
    for (const guess of flood) void guess.then((answer) => (floodDone += answer === 'busy' ? 0 : 1));
    assert.equal(await passwords.verify('secret', phc, home), true);
    assert.ok(floodDone <= 3, `${floodDone} guesses were served first`);
    const answers = await Promise.all(flood);
    assert.equal(answers.filter((answer) => answer === 'busy').length, 200 - 17); // one running, sixteen waiting
  });

  it('fails what waits when it is closed', async () => {
    const closing = openPasswordHasher(1);
    const waiting = Promise.allSettled([closing.hash('a'), closing.hash('b')]);
    await closing.close();
    for (const one of await waiting) assert.equal(one.status, 'rejected');
    await assert.rejects(closing.hash('c'));
  });
});

describe('the fair queue', () => {
  const never = () => assert.fail('was dropped');

  it('takes from its lanes in turn, each in its own order, and who asked once before who asked often', () => {
    const queue = new FairQueue<string>(10, 5);
    for (const job of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) assert.ok(queue.add(job.slice(0, 1), job, never));
    assert.deepEqual(
      Array.from({ length: 7 }, () => queue.take()),
      ['b1', 'a1', 'c1', 'a2', 'c2', 'a3', undefined],
    );
    assert.equal(queue.size, 0);
  });

  it('serves a newcomer before lanes that had their turn', () => {
    const queue = new FairQueue<string>(10, 5);
    for (const job of ['a1', 'a2', 'b1', 'b2']) queue.add(job.slice(0, 1), job, never);
    assert.deepEqual([queue.take(), queue.take()], ['a1', 'b1']);
    queue.add('c', 'c1', never);
    assert.deepEqual([queue.take(), queue.take(), queue.take()], ['c1', 'a2', 'b2']);
  });

  it('gives a lane no more than its share', () => {
    const queue = new FairQueue<number>(10, 2);
    assert.deepEqual(
      [1, 2, 3].map((job) => queue.add('a', job, never)),
      [true, true, false],
    );
    assert.equal(queue.add('b', 4, never), true);
  });

  it('when full, takes the youngest place of the fullest lane for one that has less', () => {
    const queue = new FairQueue<string>(4, 4);
    const dropped: string[] = [];
    for (const job of ['a1', 'a2', 'a3', 'b1']) queue.add(job.slice(0, 1), job, () => dropped.push(job));
    assert.equal(queue.add('a', 'a4', never), false);
    assert.equal(queue.add('c', 'c1', never), true);
    assert.deepEqual(dropped, ['a3']);
    assert.equal(queue.add('c', 'c2', never), false, 'two each is even enough');
    assert.equal(queue.size, 4);
  });

  it('when full of lanes with one each, takes the place of one that keeps asking for one that is new', () => {
    const queue = new FairQueue<string>(2, 1);
    const dropped: string[] = [];
    for (const job of ['a1', 'b1']) queue.add(job.slice(0, 1), job, () => dropped.push(job));
    assert.equal(queue.add('b', 'b2', never), false);
    assert.equal(queue.add('c', 'c1', never), true);
    assert.deepEqual(dropped, ['b1']);
    assert.equal(queue.add('d', 'd1', never), false, 'all three are equally new');
  });
});
