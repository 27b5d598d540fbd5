import { compile } from '../../src/steps/compile.ts';
import { repeat } from './clock.ts';
import type { Row } from './row.ts';
import type { Workshop } from './workshop.ts';

/** Computation → circuit: built into an empty cache, then found there with every byte checked. */
export async function benchCompile({ quietly, scale, netting }: Workshop): Promise<readonly Row[]> {
  const { circuit, coldMs } = await netting();
  const foundMs = await repeat(scale.repeats, () => compile(quietly, { name: circuit.name, size: circuit.size }));
  return [
    { name: 'compile, empty cache', unit: 'ms', samples: [coldMs], circuit },
    { name: 'compile, found in the cache', unit: 'ms', samples: foundMs, circuit },
  ];
}
