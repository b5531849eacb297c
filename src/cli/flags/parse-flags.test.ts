import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../base/index.ts';
import { wholeNumber } from '../values/whole-number.ts';
import { anyText, list, lists, orUnset, single, toggle } from './make-flag.ts';
import { parseFlags } from './parse-flags.ts';

const FLAGS = {
  interactive: toggle('', { short: 'i' }),
  tty: toggle('', { short: 't' }),
  'sig-proxy': toggle('', { initial: true }),
  env: list('NAME', '', { short: 'e', parse: anyText }),
  memory: single('SIZE', '', { short: 'm', aliases: ['mem'], parse: wholeNumber() }),
  ports: lists('PORTS', '', { short: 'p', parse: (text) => text.split(',') }),
  explain: single('FORMAT', '', { bare: 'text', parse: anyText }),
  name: single('NAME', '', { parse: orUnset(anyText) }),
};

function parse(...args: string[]) {
  return parseFlags(FLAGS, args, { stopAtFirstWord: true, unsupported: { gone: 'it left', G: 'it left' } });
}

describe('parseFlags', () => {
  test('what was not given has its initial value', () => {
    const { values, words, given } = parse();
    assert.deepEqual(values, {
      interactive: false,
      tty: false,
      'sig-proxy': true,
      env: [],
      memory: undefined,
      ports: [],
      explain: undefined,
      name: undefined,
    });
    assert.deepEqual([words, given.size], [[], 0]);
  });

  const same: [string, string[]][] = [
    ['apart', ['--memory', '5']],
    ['with =', ['--memory=5']],
    ['by an alias', ['--mem', '5']],
    ['short', ['-m', '5']],
    ['short, joined', ['-m5']],
    ['short with =', ['-m=5']],
    ['the last one counts', ['-m', '4', '--memory=5']],
  ];
  for (const [title, args] of same) test(`a value ${title}`, () => assert.equal(parse(...args).values.memory, 5));

  test('switches', () => {
    assert.equal(parse('-i').values.interactive, true);
    assert.equal(parse('--tty=true').values.tty, true);
    assert.equal(parse('--tty', '--tty=0').values.tty, false);
    assert.equal(parse('--sig-proxy=false').values['sig-proxy'], false);
    assert.equal(parse('-it=false').values.tty, false);
    assert.deepEqual(parse('--tty', 'false').words, ['false']);
  });

  test('short flags in one word, the last with its value', () => {
    const { values } = parse('-itm', '5');
    assert.deepEqual([values.interactive, values.tty, values.memory], [true, true, 5]);
    assert.equal(parse('-itm5').values.memory, 5);
    assert.deepEqual(parse('-ie=A=b').values.env, ['A=b']);
  });

  test('a value that looks like a flag is a value', () => {
    assert.equal(parse('-m', '-1').values.memory, -1);
    assert.deepEqual(parse('-e', '--tty').values.env, ['--tty']);
    assert.deepEqual(parse('-e', '').values.env, ['']);
  });

  test('a flag with a default for its value takes another only with =', () => {
    const { values, words } = parse('--explain', 'busybox');
    assert.deepEqual([values.explain, words], ['text', ['busybox']]);
    assert.equal(parse('--explain=json').values.explain, 'json');
  });

  test('repeated flags', () => {
    assert.deepEqual(parse('-e', 'A', '--env=B', '-eC').values.env, ['A', 'B', 'C']);
    assert.deepEqual(parse('-p', '1,2', '-p', '3').values.ports, ['1', '2', '3']);
  });

  test('an empty text takes back what was given', () =>
    assert.equal(parse('--name=a', '--name=').values.name, undefined));

  test('flags end at the first word, or at --', () => {
    assert.deepEqual(parse('-i', 'busybox', '-t', '--bogus'), parse('-i', '--', 'busybox', '-t', '--bogus'));
    assert.deepEqual(parse('busybox', '--', 'x').words, ['busybox', '--', 'x']);
    assert.deepEqual(parse('-', '-t').words, ['-', '-t']);
    const { values, words } = parseFlags(FLAGS, ['a', '-t', 'b', '--', '-i'], { stopAtFirstWord: false });
    assert.deepEqual([values.tty, values.interactive, words], [true, false, ['a', 'b', '-i']]);
  });

  test('which were given', () =>
    assert.deepEqual([...parse('-it', '--mem=1').given], ['interactive', 'tty', 'memory']));

  const wrong: [string[], string, string, string?][] = [
    [['--bogus'], 'FLAG_UNKNOWN', 'unknown flag: --bogus'],
    [['--memroy', '5'], 'FLAG_UNKNOWN', 'unknown flag: --memroy', 'did you mean --memory?'],
    [['-x'], 'FLAG_UNKNOWN', 'unknown flag: -x'],
    [['-itx'], 'FLAG_UNKNOWN', 'unknown flag: -x in -itx'],
    [['--constructor'], 'FLAG_UNKNOWN', 'unknown flag: --constructor'],
    [['--'.concat('=x')], 'FLAG_UNKNOWN', 'unknown flag: --'],
    [['--gone', 'x'], 'FLAG_UNSUPPORTED', '--gone is not supported: it left'],
    [['-iG'], 'FLAG_UNSUPPORTED', '-G in -iG is not supported: it left'],
    [['--memory'], 'FLAG_VALUE_MISSING', '--memory needs a value: --memory SIZE'],
    [['-im'], 'FLAG_VALUE_MISSING', '-m needs a value: -m SIZE'],
    [['--memory', 'x'], 'FLAG_INVALID', "invalid value 'x' for --memory: expected a whole number"],
    [['-m', ''], 'FLAG_INVALID', "invalid value '' for -m: expected a whole number"],
    [['--tty=maybe'], 'FLAG_INVALID', "invalid value 'maybe' for --tty: expected true or false"],
  ];
  for (const [args, code, message, hint] of wrong) {
    test(`refuses ${args.join(' ')}`, () => assert.throws(() => parse(...args), { code, message, hint }));
  }

  test('every way to write a value gives that value, in order, and no word is lost', () => {
    const way = fc.constantFrom(
      (text: string) => ['-e', text],
      (text: string) => [`-e=${text}`],
      (text: string) => [`-ie=${text}`],
      (text: string) => ['--env', text],
      (text: string) => [`--env=${text}`],
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(way, fc.string())), fc.array(fc.string()), (given, rest) => {
        const { values, words } = parse(...given.flatMap(([write, text]) => write(text)), '--', ...rest);
        assert.deepEqual([values.env, words], [given.map(([, text]) => text), rest]);
      }),
    );
  });

  test('any arguments give values or an error of ours', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('-i', '-it', '--tty', '-m', '--memory=1', '-e', '--', '-', 'img'),
    );
    fc.assert(
      fc.property(fc.array(word), (args) => {
        try {
          return parse(...args).words.length <= args.length;
        } catch (error) {
          return isKeelsonError(error);
        }
      }),
    );
  });
});
