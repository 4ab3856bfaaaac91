import { expect, it } from 'vitest';
import { arrayLiteral } from './array-literal.ts';

it.each([
  [[], '{}'],
  [[1, -2.5, true], '{1,-2.5,true}'],
  [[null, undefined, 'NULL', ''], '{NULL,NULL,"NULL",""}'],
  [['a"b\\c{,}'], String.raw`{"a\"b\\c{,}"}`],
])('writes %j', (values, text) => {
  expect(arrayLiteral(values)).toBe(text);
});
