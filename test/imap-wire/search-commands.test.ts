import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { areRead, areRefused, command, fault, parse, type Read, type Refused } from './command-line.ts';

const flag = (key: string, name: string) => ({ key, flag: name });
const search = (criteria: unknown, more = {}) => ({ verb: 'SEARCH', uid: false, ...more, criteria });

const good: Read = [
  ['a SEARCH ALL', search({ key: 'ALL' })],
  ['a SEARCH UNSEEN ANSWERED', search({ key: 'AND', of: [flag('UNFLAG', '\\Seen'), flag('FLAG', '\\Answered')] })],
  ['a SEARCH $', search({ key: 'SET', set: ['$'] })],
  ['a SEARCH UID $,7,$,$', search({ key: 'UID', set: ['$', { from: 7, to: 7 }] })],
  ['a SEARCH UID $,7', search({ key: 'UID', set: ['$', { from: 7, to: 7 }] })],
  ['a SEARCH RETURN () ALL', search({ key: 'ALL' }, { returns: { items: ['ALL'], save: false } })],
  ['a SEARCH RETURN (save) ALL', search({ key: 'ALL' }, { returns: { items: [], save: true } })],
  ['a SEARCH RETURN (COUNT MIN COUNT) ALL', search({ key: 'ALL' }, { returns: { items: ['MIN', 'COUNT'], save: false } })],
  [
    'a UID SEARCH RETURN (PARTIAL -1:-100 SAVE) ALL',
    search({ key: 'ALL' }, { uid: true, returns: { items: [], partial: { from: -1, to: -100 }, save: true } }),
  ],
  ['a SEARCH OLDER 1 YOUNGER 4294967295', search({ key: 'AND', of: [{ key: 'OLDER', seconds: 1 }, { key: 'YOUNGER', seconds: 4294967295 }] })], // biome-ignore format: one line
  [
    'a SORT (reverse date SUBJECT) utf-8 ALL',
    {
      verb: 'SORT',
      uid: false,
      program: [
        { key: 'DATE', reverse: true },
        { key: 'SUBJECT', reverse: false },
      ],
      charset: 'UTF-8',
      criteria: { key: 'ALL' },
    },
  ],
  [
    'a UID SORT RETURN (COUNT) (DISPLAYTO) "US-ASCII" 1 UNSEEN',
    {
      verb: 'SORT',
      uid: true,
      program: [{ key: 'DISPLAYTO', reverse: false }],
      returns: { items: ['COUNT'], save: false },
      charset: 'US-ASCII',
      criteria: { key: 'AND', of: [{ key: 'SET', set: [{ from: 1, to: 1 }] }, flag('UNFLAG', '\\Seen')] },
    },
  ],
  [
    'a UID THREAD references UTF-8 TEXT "\xc3\xa4"',
    { verb: 'THREAD', uid: true, algorithm: 'REFERENCES', charset: 'UTF-8', criteria: { key: 'TEXT', text: 'ä' } },
  ],
  ['a SEARCH KEYWORD $Junk', search(flag('FLAG', '$Junk'))],
  ['a SEARCH CHARSET utf-8 SUBJECT "\xc3\xa4"', search({ key: 'SUBJECT', text: 'ä' }, { charset: 'UTF-8' })],
  [
    'a SEARCH (OR 1:2 (UID * NOT NEW))',
    search({
      key: 'OR',
      of: [
        { key: 'SET', set: [{ from: 1, to: 2 }] },
        {
          key: 'AND',
          of: [
            { key: 'UID', set: [{ from: '*', to: '*' }] },
            { key: 'NOT', of: { key: 'NEW' } },
          ],
        },
      ],
    }),
  ],
  ['a SEARCH SAVEDBEFORE 1-Feb-1994', search({ key: 'SAVEDBEFORE', day: '1994-02-01' })],
  ['a SEARCH SAVEDATESUPPORTED', search({ key: 'ALL' })],
  [
    'a SEARCH SINCE "1-Feb-1994" SENTON 28-feb-2023',
    search({
      key: 'AND',
      of: [
        { key: 'SINCE', day: '1994-02-01' },
        { key: 'SENTON', day: '2023-02-28' },
      ],
    }),
  ],
  [
    'a SEARCH HEADER Message-ID <a@b> LARGER 0',
    search({
      key: 'AND',
      of: [
        { key: 'HEADER', field: 'Message-ID', text: '<a@b>' },
        { key: 'LARGER', octets: 0 },
      ],
    }),
  ],
  ['a SEARCH MODSEQ "/flags/\\\\draft" all 62', search({ key: 'MODSEQ', modseq: 62n })],
  ['a UID SEARCH MODSEQ 9223372036854775807', search({ key: 'MODSEQ', modseq: 2n ** 63n - 1n }, { uid: true })],
  ['a SEARCH EMAILID M01-a_b', search({ key: 'EMAILID', id: 'M01-a_b' })],
  ['a SEARCH THREADID T1', search({ key: 'NOT', of: { key: 'ALL' } })],
];

const bad: Refused = [
  ['a SEARCH', /^Expected a space and search criteria/],
  ['a SEARCH ALL)', /^Expected a space and a search key/],
  ['a SEARCH RETURN ALL', /options in parentheses/],
  ['a SEARCH RETURN (ALL)', /^Expected a space and search criteria/],
  ['a SEARCH RETURN (MIN,MAX) ALL', /a space or "\)"/],
  ['a SEARCH RETURN (PARTIAL) ALL', /a space and a range/],
  ['a SEARCH RETURN (PARTIAL 1:-2) ALL', /a range such as/],
  ['a SEARCH RETURN (PARTIAL 0:2) ALL', /a range such as/],
  ['a SEARCH RETURN (PARTIAL 1:*) ALL', /a range such as/],
  ['a SEARCH RETURN (PARTIAL 1:2 ALL) ALL', /exclude each other/],
  ['a SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL', /Repeated search option/],
  ['a SORT (DATE)', /a space and a charset/],
  ['a SORT DATE UTF-8 ALL', /a list of sort criteria in parentheses/],
  ['a SORT (REVERSE REVERSE DATE) UTF-8 ALL', /Unknown sort criterion REVERSE/],
  [`a SORT (${'DATE '.repeat(100)}DATE) UTF-8 ALL`, /100 criteria/],
  ['a THREAD REFS UTF-8 ALL', /ORDEREDSUBJECT and REFERENCES/],
  ['a THREAD REFERENCES UTF-8', /a space and search criteria/],
  ['a THREAD REFERENCES US-ASCII TEXT "\xe4"', /not US-ASCII/],
  ['a SEARCH OLDER 0', /a number of seconds from 1/],
  ['a SEARCH $:3', /^Expected a sequence set/],
  ['a SEARCH ()', /^Expected a search key/],
  ['a SEARCH FROB', /^Unknown search key FROB$/],
  ['a SEARCH OR ALL', /a second search key/],
  ['a SEARCH SINCE 30-Feb-2024', /no such day/],
  ['a SEARCH SINCE 2024-01-01', /^Expected a date/],
  ['a SEARCH CHARSET US-ASCII TEXT "\xe4"', /not US-ASCII/],
  ['a SEARCH TEXT "\xe4"', /not valid UTF-8/],
  ['a SEARCH LARGER -1', /^Expected a number of octets/],
  ['a SEARCH MODSEQ 9223372036854775808', /modification sequence/],
];

describe('an IMAP command line', () => {
  areRead(good);
  areRefused(bad);

  it('in another charset is read with its texts as they are', () => {
    assert.deepEqual(parse('a SEARCH CHARSET KOI8-R TEXT {3}'), { kind: 'literal', tag: 'a', size: 3, nonSync: false });
    assert.deepEqual(
      command('a SEARCH CHARSET koi8-r TEXT {3}', '\xe4\xc3\xff', ''),
      search({ key: 'TEXT', text: '\xe4\xc3\xff' }, { charset: 'KOI8-R' }),
    );
  });

  it('may nest search keys a hundred deep and no deeper, and give a thousand', () => {
    assert.equal(parse(`a SEARCH ${'NOT '.repeat(100)}ALL`).kind, 'command');
    assert.match(fault(`a SEARCH ${'NOT '.repeat(101)}ALL`), /nested 100 deep/);
    assert.match(fault(`a SEARCH ${'('.repeat(60_000)}`), /nested 100 deep/);
    assert.match(fault(`a SEARCH ${'OR '.repeat(20_000)}`), /nested 100 deep/);
    assert.equal(parse(`a SEARCH${' ALL'.repeat(1_000)}`).kind, 'command');
    assert.match(fault(`a SEARCH${' ALL'.repeat(1_001)}`), /1000 keys/);
  });
});
