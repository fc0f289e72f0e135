import { describe, expect, test } from '@jest/globals';
import { formatLogLine } from '../../../shared/logging/formatLogLine.ts';
import { serializeError } from '../../../shared/logging/logError.ts';

const entry = { level: 'INFO', time: '2026-11-23T19:00:00.123Z' };
const format = (fields: object): string => formatLogLine(JSON.stringify({ ...entry, ...fields }));

describe('a log line as text', () => {
  test('time, level, operation, message, then the fields', () => {
    const fields = { request_id: 'r1', operation_id: '0193-ab', msg: 'copied', bytes: 12, path: '/data/a b' };
    expect(format(fields)).toBe(
      '2026-11-23 19:00:00.123 INFO  [operation 0193-ab] copied request_id=r1 bytes=12 path="/data/a b"',
    );
  });

  test('without operation and message', () => {
    expect(formatLogLine('{"level":"WARNING","time":"2026-11-23T19:00:00.123Z","list":[1,"a"]}')).toBe(
      '2026-11-23 19:00:00.123 WARNING list=[1,"a"]',
    );
  });

  test('stack, further members, and causes are indented below', () => {
    const cause = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    const error = new TypeError('cannot copy', { cause });
    const lines = format({ msg: 'failed', err: serializeError(error) }).split('\n');
    expect(lines[0]).toBe('2026-11-23 19:00:00.123 INFO  failed');
    expect(lines[1]).toBe('    TypeError: cannot copy');
    expect(lines).toContain('    caused by: Error: no such file');
    expect(lines).toContain('        code=ENOENT');
    expect(lines.slice(1).every((line) => line.startsWith('    '))).toBe(true);
    expect(lines.filter((line) => line.includes('    at ')).length).toBeGreaterThan(1);
  });

  test.each([
    ['msg', 'a\n2026-11-23 19:00:00.123 INFO  forged'],
    ['path', 'a\r\nforged'],
    ['path', '\u001b[2J\u001b]0;title\u0007'],
    ['path', 'left \u202e right \u2066'],
    ['path', 'C1 \u009b31m and \u0085 and \u2028'],
    ['operation_id', '1]\n[operation 2'],
    ['level', 'INFO\n'],
    ['time', '2026\nforged'],
    ['k\ne\u001by', 'value'],
    ['err', 'text\u001b[31m'],
  ])('nothing in %j can start a line or control the terminal: %j', (key, value) => {
    const lines = format({ [key]: value }).split('\n');
    expect(lines.slice(1).every((line) => line.startsWith('    '))).toBe(true);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
  });

  test('nor can the message of an error', () => {
    const err = serializeError(new Error('a\n2026-11-23 19:00:00.123 INFO  forged\u001b[2J'));
    const lines = format({ msg: 'failed', err }).split('\n');
    expect(lines.slice(1).every((line) => line.startsWith('    '))).toBe(true);
    expect(lines.join('')).not.toContain('\u001b');
  });

  test('a text value with spaces, quotes or = is quoted, so that it cannot pose as two', () => {
    expect(format({ path: 'a method=b' })).toContain('path="a method=b"');
    expect(format({ path: 'a"b' })).toContain('path="a\\"b"');
  });

  test.each(['', 'plain text', '{"level":"INFO","ti', '[1,2]', 'null', '"text"'])(
    'a line that is not a JSON object is unchanged: %s',
    (line) => {
      expect(formatLogLine(line)).toBe(line);
    },
  );

  test('over-long values, messages and stacks are truncated', () => {
    const long = 'x'.repeat(100_000);
    expect(format({ msg: long, a: long, err: { stack: long } }).length).toBeLessThan(30_000);
    expect(formatLogLine(long).length).toBeLessThan(5000);
  });

  test('letters of all scripts stay unchanged', () => {
    expect(format({ path: '/data/観測/Ñandú🔭' })).toContain('path=/data/観測/Ñandú🔭');
  });
});
