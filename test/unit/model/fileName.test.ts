import { expect, test } from '@jest/globals';
import {
  displayName,
  fileName,
  fileNameFromBytes,
  fileNameFromDisplay,
} from '../../../shared/model/fileName.ts';

test.each([
  'plain.fits',
  'été ☃ 😀',
  String.raw`C:\data\x20`,
  String.raw`\xE9 \x5 \x \\`,
  '%E9 &eacute; \ufffd',
  '\u0080\u009f\u00ff\ud7ff\ue000\u{10ffff}',
])('%s is its own text', (text) => {
  expect(displayName(fileName(text))).toBe(text);
  expect(fileNameFromDisplay(text)).toBe(fileName(text));
});

test('a byte that is not valid UTF-8 is escaped, and so is text that looks like an escape', () => {
  expect(displayName('scan\xe9')).toBe(String.raw`scan\xe9`);
  expect(displayName(String.raw`scan\xe9`)).toBe(String.raw`scan\x5cxe9`);
  expect(displayName('\xed\xa0\x80')).toBe(String.raw`\xed\xa0\x80`);
});

test('every name is read back from its text, and no two names have the same text', () => {
  const pieces = [
    'a',
    '\\',
    'x',
    '5',
    'c',
    'e',
    '9',
    '\xe9',
    '\xc3',
    '\xa9',
    '\xff',
    '\\x5c',
    '\\xe9',
    '\xe2\x98',
  ];
  const texts = new Map<string, string>();
  for (let number = 0; number < 14 ** 4; number += 1) {
    const parts = [0, 1, 2, 3].map((place) => pieces[Math.floor(number / 14 ** place) % 14]);
    const name = fileNameFromBytes(Buffer.from(parts.join(''), 'latin1'));
    const text = displayName(name);
    // An assertion of Jest takes longer than all else here, and there are 38,416.
    if (!text.isWellFormed()) throw new Error(`${JSON.stringify(name)} is shown as ill-formed text`);
    if (fileNameFromDisplay(text) !== name) throw new Error(`${JSON.stringify(name)} is shown as ${text}`);
    if ((texts.get(text) ?? name) !== name) throw new Error(`Two names are shown as ${text}`);
    texts.set(text, name);
  }
});
