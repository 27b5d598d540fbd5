import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import disclosure from '../../circuits/disclosure/computation.ts';
import netting from '../../circuits/netting/computation.ts';
import { compile } from '../../src/compiler/compile.ts';
import { cacheDir, circuitsDir } from '../support/fixtures.ts';
import { withCircuitsCopy } from '../support/templates.ts';

test.each([
  ['netting', netting],
  ['disclosure', disclosure],
])('Z5 %s: a rebuild from another folder gives identical r1cs, wasm and program', async (_, computation) => {
  const size = 'tiny';
  const first = await compile(computation, { size, circuitsDir, cacheDir });
  const emptyCache = await mkdtemp(join(tmpdir(), 'tally-rebuild-'));
  try {
    const second = await withCircuitsCopy('rebuild', (copy) =>
      compile(computation, { size, circuitsDir: copy, cacheDir: emptyCache }),
    );
    expect(second.r1cs.path).not.toBe(first.r1cs.path);
    for (const artifact of ['r1cs', 'wasm', 'sym'] as const)
      expect(second[artifact].sha256).toBe(first[artifact].sha256);
    expect(second.programId).toBe(first.programId);
  } finally {
    await rm(emptyCache, { recursive: true, force: true });
  }
});
