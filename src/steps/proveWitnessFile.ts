import { createProver } from '../../prover/index.ts';
import { artifactBytesMax } from '../../prover/pinned.ts';
import { readFileBounded } from '../files.ts';
import type { ProofFile } from '../model/ProofFile.ts';
import { proverEngine } from './engine.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import type { Toolbox } from './toolbox.ts';

/**
 * Proves a witness that was calculated elsewhere, after checking its form and every constraint.
 * @throws the artifact errors, UnsatisfiedError and what else `Prover.proveWitness` throws
 */
export async function proveWitnessFile(
  toolbox: Toolbox,
  { path, ...wanted }: PrepareOptions & { readonly path: string },
): Promise<ProofFile> {
  const { config, signal } = toolbox;
  const wtns = await readFileBounded(path, { bytesMax: artifactBytesMax });
  const { circuit, keys } = await prepare(toolbox, wanted);
  const prover = createProver({ threads: 1, deadlineMs: config.prover.deadlineMs, engine: proverEngine(config) });
  try {
    const proven = await prover.proveWitness({ id: circuit.name, circuit, keys, wtns }, { signal });
    return { ...proven, circuit: { name: circuit.name, size: circuit.size }, purpose: undefined };
  } finally {
    await prover.close();
  }
}
