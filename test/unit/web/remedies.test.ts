import { expect, test } from '@jest/globals';
import { errorTable, findErrorDefinition } from '../../../shared/errors/errorTable.ts';
import { remedyOf } from '../../../web/src/strings/remedies.ts';

/** Terms for programmers or administrators: routes, headers, settings, and members of requests. */
const forPrograms =
  /\b(GET|POST|PUT|DELETE|HEAD) ?\/|\b[a-z]+_[a-z_]+\b|\b[A-Z]+_[A-Z_]+\b|\bheaders?\b|\b(Retry-After|Range|Allow|UUID|HTTP)\b/;

test.each(Object.keys(errorTable))("the page's remedy for %s needs no programmer", (code) => {
  const remedy = remedyOf(code, findErrorDefinition(code)?.remedy ?? '');
  expect(remedy).not.toMatch(forPrograms);
  expect(remedy).toMatch(/^[A-Z].*[.?]$|rm -rf NAME$/s);
});

test('without a remedy of the page, that of the service is shown', () => {
  expect(remedyOf('ABORTED', 'Request it again.')).toBe('Request it again.');
  expect(remedyOf(null, undefined)).toBeUndefined();
});
