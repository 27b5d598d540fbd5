import { makeKeys } from '../../src/steps/makeKeys.ts';
import { timed } from './clock.ts';
import type { Row } from './row.ts';
import type { Workshop } from './workshop.ts';

/** Circuit → development keys: made, then opened again, which lints them and recomputes their id. */
export async function benchKeys(workshop: Workshop): Promise<readonly Row[]> {
  const { quietly } = workshop;
  const { circuit } = await workshop.netting();
  const { coldMs } = await workshop.keys();
  const { ms } = await timed(() => makeKeys(quietly, circuit));
  const workers = quietly.config.prover.threads;
  return [
    { name: 'development keys, made', unit: 'ms', samples: [coldMs], circuit, workers },
    { name: 'development keys, found', unit: 'ms', samples: [ms], circuit, workers },
  ];
}
