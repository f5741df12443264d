import type { SelectedMailbox } from '../../../core/mailbox/selected-mailbox.ts';
import type { Fault } from './fault.ts';

type Advance = SelectedMailbox['advance'];

/** What a session makes of right answers, wrongly. */
export const viewFaults: readonly Fault[] = [
  {
    what: 'EXPUNGE is told during FETCH, STORE and SEARCH',
    view: {
      advance:
        (real: Advance): Advance =>
        (delta) =>
          real(delta, true),
    },
  },
  {
    what: 'expunges that have to wait are forgotten',
    view: {
      advance:
        (real: Advance): Advance =>
        (delta, mayExpunge) =>
          real(mayExpunge ? delta : { ...delta, vanished: [] }, mayExpunge),
    },
  },
  {
    what: 'numbers of EXPUNGE are those before all of them',
    view: {
      advance:
        (real: Advance): Advance =>
        (delta, mayExpunge) => {
          const update = real(delta, mayExpunge);
          return { ...update, expunged: update.expunged.map((msn, i) => msn + i) };
        },
    },
  },
  {
    what: 'VANISHED leaves the last message out',
    view: {
      advance:
        (real: Advance): Advance =>
        (delta, mayExpunge) => {
          const update = real(delta, mayExpunge);
          return { ...update, vanished: update.vanished.slice(0, -1) };
        },
    },
  },
  {
    what: 'new messages are told only when nothing was expunged',
    view: {
      advance:
        (real: Advance): Advance =>
        (delta, mayExpunge) => {
          const { exists, ...update } = real(delta, mayExpunge);
          return exists === undefined || update.expunged.length > 0 ? update : { ...update, exists };
        },
    },
  },
  {
    what: 'flags that others changed are told of the wrong message',
    view: {
      advance:
        (real: Advance): Advance =>
        (delta, mayExpunge) => {
          const update = real(delta, mayExpunge);
          return { ...update, changed: update.changed.map((row) => ({ ...row, msn: Math.max(1, row.msn - 1) })) };
        },
    },
  },
  {
    what: 'what a client stores itself is told it twice',
    view: { expectOwn: () => () => {} },
  },
];
