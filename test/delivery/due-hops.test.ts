import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DueHops, type Seat } from '../../core/delivery/due-hops.ts';

const most = { hops: 100, rows: 50 };
const hop = (domain: string, rows: number, since: number) => ({ nextHop: { kind: 'domain' as const, domain }, rows, since });

function told(...hops: ReturnType<typeof hop>[]): DueHops {
  const due = new DueHops();
  due.tell({ hops }, most, 1000);
  return due;
}

/** Seats for all that is wanted, by domain. */
function seats(due: DueHops, now = 1000): readonly Seat[] {
  const all: Seat[] = [];
  for (let seat = due.take(now); seat !== undefined; seat = due.take(now)) all.push(seat);
  return all;
}
const domains = (all: readonly Seat[]): readonly (string | undefined)[] => all.map(({ domain }) => domain);

describe('the line of next hops', () => {
  it('gives each next hop one session first, the one that waits longest before the others', () => {
    const due = told(hop('b.example', 3, 20), hop('a.example', 5, 30), hop('c.example', 1, 10));
    assert.deepEqual(domains(seats(due)), ['c.example', 'b.example', 'a.example']);
  });

  it('gives a next hop as many sessions as rows wait, once one of them has reached it', () => {
    let opened = 0;
    const due = new DueHops(() => {
      opened += 1;
    });
    due.tell({ hops: [hop('a.example', 4, 1)] }, most, 1000);
    const [first] = seats(due);
    assert.deepEqual(domains(seats(due)), []);
    first?.reached();
    assert.equal(opened, 1);
    assert.deepEqual(domains(seats(due)), ['a.example', 'a.example', 'a.example']);
  });

  it('asks for a session per accepted row, also beyond what the spool had told', () => {
    const due = told(hop('a.example', 1, 1));
    const [first] = seats(due);
    first?.reached();
    assert.deepEqual(seats(due), []);
    due.add('a.example', 1000);
    assert.deepEqual(domains(seats(due)), ['a.example']);
  });

  it('keeps a session at its next hop while rows wait there, and sends it on when none does', () => {
    const due = told(hop('a.example', 3, 1), hop('b.example', 1, 2));
    const [one] = seats(due);
    seats(due);
    assert.deepEqual(
      [one?.next(1000), one?.next(1000), one?.next(1000), one?.next(1000)],
      ['a.example', 'a.example', 'a.example', undefined],
    );
  });

  it('takes the only session away from a flooded next hop after a turn of messages, for another that has none', () => {
    const due = told(hop('flood.example', 50, 1));
    const seat = due.take(1000);
    due.add('calm.example', 1000);
    const served: (string | undefined)[] = [];
    for (let i = 0; i < 42; i++) served.push(seat?.next(1000 + i));
    assert.equal(served.indexOf('calm.example'), 20);
    assert.deepEqual([...new Set(served.slice(21))], ['flood.example'], 'and comes back to it');
  });

  it('takes one of several sessions away from a flooded next hop at once, for another that has none, and only one', () => {
    const due = told(hop('flood.example', 50, 1));
    const first = due.take(1000);
    first?.reached();
    const second = due.take(1000);
    for (const seat of [first, second]) assert.equal(seat?.next(1000), 'flood.example');
    due.add('calm.example', 1000);
    assert.deepEqual([first?.next(1000), second?.next(1000)], ['calm.example', 'flood.example']);
  });

  it('takes waiting next hops in turn, so that none waits for ever beside a flooded one', () => {
    const due = told(hop('flood.example', 50, 1), ...['b', 'c', 'd'].map((name, i) => hop(`${name}.example`, 1, 2 + i)));
    const seat = due.take(1000);
    const served = Array.from({ length: 23 }, (_, i) => seat?.next(1000 + i));
    assert.deepEqual(served.slice(20), ['b.example', 'c.example', 'd.example']);
  });

  it('sends no more sessions to a next hop that takes no more, until its time', () => {
    const due = told(hop('a.example', 9, 1));
    const first = due.take(1000);
    first?.reached();
    const second = due.take(1000);
    assert.equal(second?.next(1000), 'a.example');
    assert.equal(second?.hasCompany, true);
    second?.full(5000);
    second?.back();
    assert.equal(second?.next(1000), undefined);
    assert.deepEqual(seats(due), []);
    assert.equal(first?.next(1000), 'a.example', 'the one that has a connection goes on');
    assert.equal(seats(due, 5000).length, 8);
  });

  it('leaves one that could not be reached to a single session again', () => {
    const due = told(hop('a.example', 9, 1));
    const first = due.take(1000);
    first?.reached();
    first?.unreachable();
    assert.deepEqual(seats(due), []);
    first?.leave(1000);
    assert.equal(seats(due).length, 1);
  });

  it('goes on asking for rows where more wait than were counted, until there is none', () => {
    const due = told(hop('a.example', 50, 1));
    const seat = due.take(1000);
    for (let i = 0; i < 60; i++) assert.equal(seat?.next(1000), 'a.example');
    seat?.none(1000);
    assert.equal(seat?.next(1000), undefined);
  });

  it('forgets what the spool does not tell any more, unless it told only a part', () => {
    const due = told(hop('a.example', 2, 1), hop('b.example', 2, 2));
    due.tell({ hops: [hop('b.example', 1, 2)] }, { hops: 1, rows: 50 }, 1000);
    assert.deepEqual(domains(seats(due)).toSorted(), ['a.example', 'b.example']);
    const other = told(hop('a.example', 2, 1));
    other.tell({ hops: [] }, most, 1000);
    assert.equal(other.oldest(), undefined);
    assert.deepEqual(seats(other), []);
  });

  it('lets a session begin where it was woken for, though nothing else is known of it', () => {
    const due = new DueHops();
    const seat = due.seatAt('a.example', 1000);
    assert.deepEqual([seat.next(1000), seat.next(1000)], ['a.example', 'a.example']);
    seat.none(1000);
    assert.equal(seat.next(1000), undefined);
  });

  it('knows since when the longest waiting row waits', () => {
    const due = told(hop('a.example', 1, 70), hop('b.example', 1, 30));
    assert.equal(due.oldest(), 30);
    seats(due);
    assert.equal(due.oldest(), undefined);
  });
});
