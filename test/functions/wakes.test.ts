import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NextHop } from '../../core/delivery/spool.ts';
import { wakingLocal, wakingNobody } from '../../functions/wakes.ts';

const local = { nextHop: { kind: 'local' } } as const satisfies { nextHop: NextHop };
const elsewhere = { nextHop: { kind: 'domain', domain: 'example.net' } } as const satisfies { nextHop: NextHop };

describe('what a function wakes', () => {
  it('is local deliveries alone for an outbound session: woken by its own kind it would be a loop to Lambda', async () => {
    const woken: NextHop[] = [];
    let settled = false;
    const dispatcher = wakingLocal({
      wake: (rows) => void woken.push(...rows.map(({ nextHop }) => nextHop)),
      settled: async () => {
        settled = true;
      },
    });
    dispatcher.wake([local, elsewhere, local]);
    await dispatcher.settled();
    assert.deepEqual(woken, [local.nextHop, local.nextHop]);
    assert.ok(settled);
  });

  it('is nobody where there is no way to SQS, and nothing is waited for', async () => {
    wakingNobody.wake([local, elsewhere]);
    await wakingNobody.settled();
  });
});
