import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Counts } from '../../scripts/generate/constraints.ts';
import { compile } from '../../src/compiler/compile.ts';
import { listComputations, loadComputation } from '../../src/compiler/discover.ts';
import { cacheDir, circuitsDir } from '../support/fixtures.ts';

const counts = JSON.parse(
  await readFile(new URL('../../circuits/constraints.json', import.meta.url), 'utf8'),
) as Counts;

test('every computation and size has a committed count', async () => {
  const names = await listComputations(circuitsDir);
  expect(Object.keys(counts)).toEqual(names);
  for (const name of names) {
    const computation = await loadComputation(circuitsDir, name);
    expect(Object.keys(counts[name] ?? {})).toEqual(Object.keys(computation.sizes));
  }
});

test.each(['netting', 'disclosure', 'square'])('%s: the smallest size has the committed count', async (name) => {
  const computation = await loadComputation(circuitsDir, name);
  const size = Object.keys(computation.sizes).at(-1) as string;
  const { constraints, wires, publicCount } = await compile(computation, { size, circuitsDir, cacheDir });
  expect({ constraints, wires, publicSignals: publicCount }).toEqual(counts[name]?.[size]);
});

describe('fits its domain: constraints and public signals, with one more for the constant', () => {
  test.each([
    ['netting', 'real', 16],
    ['netting', 'tiny', 13],
    ['disclosure', 'real', 12],
    ['disclosure', 'tiny', 10],
    ['square', 'default', 7],
  ])('%s %s: 2^%i', (name, size, power) => {
    const { constraints, publicSignals } = counts[name]?.[size] ?? { constraints: Infinity, publicSignals: 0 };
    expect(constraints + publicSignals + 1).toBeLessThanOrEqual(2 ** power);
  });
});
