/** What keeps the circom sources in the project's style and neither circom nor the compiler's own lint knows. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withoutComments } from '../../src/compiler/includes.ts';
import { lintSource } from '../../src/compiler/lintSource.ts';
import { circuitsDir } from '../support/fixtures.ts';

type Source = { readonly path: string; readonly text: string; readonly code: string; readonly header: string };

const paths = (await readdir(circuitsDir, { recursive: true })).filter((path) => path.endsWith('.circom')).sort();
const sources: readonly Source[] = await Promise.all(
  paths.map(async (path) => {
    const text = await readFile(join(circuitsDir, path), 'utf8');
    return { path, text, code: withoutComments(text), header: /\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '' };
  }),
);
const isLibrary = ({ path }: Source) => dirname(path) === 'lib';
const definitions = ({ code }: Source) => [...code.matchAll(/\b(?:template|function)\s+(\w+)\s*\(([^)]*)\)/g)];
const signals = (code: string, kind: 'input' | 'output') =>
  [...code.matchAll(new RegExp(`signal ${kind}(?: \\{\\w+\\})? (\\w+)`, 'g'))].map(([, name]) => name as string);

test('there are sources to look at', () => {
  expect(paths).toContain(join('netting', 'Netting.circom'));
  expect(sources.filter(isLibrary).length).toBeGreaterThan(10);
});

describe.each(sources.map((source) => [source.path, source] as const))('%s', (path, source) => {
  test('Z4 passes the lint that every compilation runs', () => {
    const main = isLibrary(source) ? undefined : basename(path, '.circom');
    expect(() => lintSource({ name: path, text: source.text }, main)).not.toThrow();
  });

  test('defines one template or function, of the same name', () => {
    expect(definitions(source).map(([, name]) => name)).toEqual([basename(path, '.circom')]);
    expect(source.header).toContain(`@title ${basename(path, '.circom')}\n`);
  });

  test('explains each parameter, input and output in its header', () => {
    const parameters = (definitions(source)[0]?.[2] ?? '').split(',').map((name) => name.trim());
    const explained = (tag: string) => {
      const lines = [...source.header.matchAll(new RegExp(`${tag} ([\\s\\S]*?)(?= @|\\*/)`, 'g'))];
      return lines.map(([, line]) => line).join(' ');
    };
    const lacking = (tag: string, names: readonly string[]) =>
      names.filter((name) => !new RegExp(`\\b${name}\\b`).test(explained(tag)));
    expect(lacking('@param', parameters.filter(Boolean))).toEqual([]);
    expect(lacking('@(?:input|param)', signals(source.code, 'input'))).toEqual([]);
    expect(lacking('@output', signals(source.code, 'output'))).toEqual([]);
  });

  test('is for the pinned circom', () => {
    expect(source.code.trimStart().startsWith('pragma circom 2.2.3;')).toBe(true);
  });

  test('includes what it uses, in order, and no more', () => {
    const includes = [...source.text.matchAll(/^include "(\w+)\.circom";$/gm)].map(([, name]) => name as string);
    expect(includes).toEqual([...includes].sort());
    const body = source.code.replaceAll(/include "[^"]*";/g, '');
    const templatesOf: Readonly<Record<string, string>> = { bitify: 'Num2Bits', poseidon: 'Poseidon' };
    for (const name of includes) expect(body).toMatch(new RegExp(`\\b${templatesOf[name] ?? name}\\(`));
  });

  test('creates tags in the library only: elsewhere a tagged signal gets what a template gives', () => {
    if (isLibrary(source)) return;
    const tagged = [...source.code.matchAll(/signal(?: \w+)? \{\w+\} (\w+)/g)].map(([, name]) => name as string);
    const untrusted = tagged.filter((name) => {
      const assignments = [...source.code.matchAll(new RegExp(`\\b${name}(?:\\[\\w+\\])* <== ([^;]*);`, 'g'))];
      return assignments.length === 0 || assignments.some(([, value]) => !/^[A-Z]\w*\(/.test(value as string));
    });
    expect(untrusted).toEqual([]);
  });
});

test('circomlib has no file that a library file could be taken for', async () => {
  const circomlib = await readdir(new URL('../../node_modules/circomlib/circuits', import.meta.url));
  const taken = new Set(circomlib.map((name) => name.toLowerCase()));
  expect(sources.filter(isLibrary).filter(({ path }) => taken.has(basename(path).toLowerCase()))).toEqual([]);
});
