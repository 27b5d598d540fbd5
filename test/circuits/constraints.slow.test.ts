import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { constraintCounts } from '../../scripts/generate/constraints.ts';

test('circuits/constraints.json holds the counts of all sizes', async () => {
  const committed = await readFile(new URL('../../circuits/constraints.json', import.meta.url), 'utf8');
  expect(await constraintCounts()).toBe(committed);
});
