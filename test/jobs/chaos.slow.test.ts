import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Json } from '../../src/model/Json.ts';

test('Q5 workers, starters and the database killed at random and at each step: nothing lost, nothing twice', async () => {
  const script = fileURLToPath(new URL('../../scripts/chaos.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--kills', '60', '--seed', '3']);
  const report = Json.parse(stdout) as { readonly jobs: number; readonly wrong: readonly string[] };
  expect(report.wrong).toEqual([]);
  expect(report.jobs).toBeGreaterThan(0);
});
