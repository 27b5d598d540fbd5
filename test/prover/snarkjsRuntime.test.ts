import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { checkSnarkjsVersion, loadCurve, loadSnarkjs, snarkjsVersion } from '../../prover/snarkjsRuntime.ts';
import { InternalError } from '../../src/errors.ts';

test('snarkjs is the version that this engine and its runtime were written for', async () => {
  await expect(loadSnarkjs()).resolves.toHaveProperty('groth16');
  const { version } = JSON.parse(
    await readFile(new URL('../../node_modules/snarkjs/package.json', import.meta.url), 'utf8'),
  );
  expect(snarkjsVersion).toBe(version);
  expect(() => checkSnarkjsVersion('0.7.7')).toThrow(InternalError);
});

test('the curve computes in the calling thread only, and snarkjs uses it', async () => {
  const curve = await loadCurve();
  await loadSnarkjs();
  expect(curve.tm.concurrency).toBe(1);
  expect((globalThis as { curve_bn128?: unknown }).curve_bn128).toBe(curve);
  expect(await loadCurve()).toBe(curve);
});
