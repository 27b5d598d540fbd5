import { compileWitnessModule, createWitnessCalculator } from '../../prover/witness.ts';
import { readFileBounded } from '../../src/files.ts';
import type { Job } from '../../src/model/Job.ts';
import { repeat, timed } from './clock.ts';
import type { Row } from './row.ts';
import type { Workshop } from './workshop.ts';

/** Input → witness, in the calling thread: the calculator is made once, as a worker does, and used again. */
export async function benchWitness({ scale, netting, jobs }: Workshop): Promise<readonly Row[]> {
  const { circuit } = await netting();
  const batch = await jobs();
  const wasm = await readFileBounded(circuit.wasm.path, { bytesMax: circuit.wasm.bytes });
  const { result: calculator, ms } = await timed(async () =>
    createWitnessCalculator(await compileWitnessModule(wasm, circuit.wasm.path), circuit.signals),
  );
  const samples = await repeat(scale.repeats, (run) => calculator.calculate((batch[run % batch.length] as Job).input));
  return [
    { name: 'witness calculator, compiled', unit: 'ms', samples: [ms], circuit, workers: 1 },
    { name: 'witness', unit: 'ms', samples, circuit, workers: 1 },
  ];
}
