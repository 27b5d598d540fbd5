import { describe, expect, test } from 'vitest';
import { NameError } from '../../src/errors.ts';
import { Name } from '../../src/model/Name.ts';

describe('Name.check', () => {
  test('default: returns a plain name', () => {
    for (const name of ['square', 'netting', 'my-circuit-2', 'a']) expect(Name.check(name, 'computation')).toBe(name);
  });

  test('L38 paths, NUL, length and look-alike letters', () => {
    const cyrillic = 'squ\u0430re';
    const bad = [
      '../x',
      '/etc/passwd',
      'a/b',
      'a\\b',
      'a\0b',
      '.',
      '..',
      '',
      'A',
      'a--b',
      '-a',
      'a-',
      '1a',
      'x'.repeat(300),
      cyrillic,
      'a b',
      'a.b',
    ];
    for (const name of bad) expect(() => Name.check(name, 'computation'), JSON.stringify(name)).toThrow(NameError);
  });
});
