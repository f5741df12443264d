import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Command, CommandFailure } from '../../cli/command.ts';
import { commandHelp } from '../../cli/help.ts';
import { parseCall } from '../../cli/parse-call.ts';
import { readableSize, readableSpan } from '../../cli/readable.ts';
import { columns, table } from '../../cli/table.ts';

const command: Command = {
  words: ['alias', 'add'],
  args: [{ name: 'ADDRESS' }, { name: 'TARGET', many: true }],
  options: {
    data: { value: 'DIR', doc: 'Where.' },
    json: { doc: 'JSON.' },
    set: { value: 'NAME=VALUE', multiple: true, doc: 'Set.' },
  },
  summary: 'Adds.',
  run: async () => {},
};

const faultOf = (rest: readonly string[]): string => {
  try {
    parseCall(command, rest);
  } catch (error) {
    assert.ok(error instanceof CommandFailure);
    assert.equal(error.exitCode, 2);
    assert.match(error.hint ?? '', /mailweir alias add --help/);
    return error.message;
  }
  assert.fail(`took ${rest.join(' ')}`);
};

describe('a command line', () => {
  it('is read by its declaration, options before, between and behind arguments', () => {
    const call = parseCall(command, ['--data', 'x', 'a@b', '--set', 'p=1', 'c@d', '--set=q=2', '--json', '--', '--e@f']);
    assert.deepEqual(call.args, ['a@b', 'c@d', '--e@f']);
    assert.deepEqual([call.value('data'), call.values('set'), call.has('json')], ['x', ['p=1', 'q=2'], true]);
  });

  it('is refused with the word that is wrong, and the one that was meant', () => {
    assert.equal(faultOf(['a', 'b', '--jsno']), 'there is no option --jsno; did you mean --json?');
    assert.equal(faultOf(['a', 'b', '-x']), 'there is no option -x');
    assert.equal(faultOf(['a', 'b', '--__proto__']), 'there is no option --__proto__');
    assert.equal(faultOf(['a', 'b', '--data']), '--data needs a value: --data DIR');
    assert.equal(faultOf(['a', 'b', '--data', '--json']), '--data needs a value: --data DIR');
    assert.equal(faultOf(['a', 'b', '--data=x', '--data=y']), '--data was given twice');
    assert.equal(faultOf(['a', 'b', '--json=yes']), '--json takes no value');
    assert.equal(faultOf(['a']), 'TARGET is missing');
    assert.equal(faultOf([]), 'ADDRESS is missing');
  });

  it('with one word too many is refused', () => {
    const single = { ...command, args: [{ name: 'ID' }] };
    assert.throws(() => parseCall(single, ['a', 'b']), /"b" is one word too many/);
  });

  it('has help made from the same declaration', () => {
    const help = commandHelp(command);
    for (const part of ['Usage: mailweir alias add ADDRESS TARGET… [options]', '--set NAME=VALUE', 'May be repeated', 'Exit codes']) {
      assert.ok(help.includes(part), part);
    }
  });
});

describe('what people read', () => {
  it('stands in columns, and controls from outside are shown, not obeyed', () => {
    assert.equal(
      columns([
        ['a', 'bb', 'c'],
        ['aaa', 'b', 'c'],
      ]),
      'a    bb  c\naaa  b   c',
    );
    assert.equal(table(['x'], [['\u001b[31mred\r\n']], 'none'), 'X\n\\u001b[31mred\\u000d\\u000a');
    assert.equal(table(['x'], [], 'none'), 'none');
  });

  it('has sizes and ages in units that fit', () => {
    assert.deepEqual([0, 980, 12_600, 26_214_400].map(readableSize), ['0 B', '980 B', '12.3 KB', '25.0 MB']);
    assert.deepEqual([-5, 0, 59_000, 310_000, 3_600_000, 183_600_000].map(readableSpan), ['0s', '0s', '59s', '5m 10s', '1h 0m', '2d 3h']);
  });
});
