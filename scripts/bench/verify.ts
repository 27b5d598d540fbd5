import { createProver } from '../../prover/index.ts';
import { createVerifier, type Verifier } from '../../prover/verify.ts';
import { InternalError, ProofRejectedError } from '../../src/errors.ts';
import type { Proven } from '../../src/model/Proven.ts';
import { proverEngine } from '../../src/steps/engine.ts';
import { repeat, timed } from './clock.ts';
import type { Row } from './row.ts';
import type { Workshop } from './workshop.ts';

/** Proof → yes or an error, in the calling thread, with a verifying key that is prepared once. */
export async function benchVerify(workshop: Workshop): Promise<readonly Row[]> {
  const { circuit } = await workshop.netting();
  const { keys } = await workshop.keys();
  const { signals, proof } = await proveOne(workshop);
  const { result: verifier, ms } = await timed(() => createVerifier(keys.verifyingKey));
  const samples = await repeat(workshop.scale.repeats, () => verifier.verify(signals, proof));
  await requireStrict(verifier, { signals, proof });
  return [
    { name: 'verifying key, linted and prepared', unit: 'ms', samples: [ms], circuit, workers: 1 },
    { name: 'verification', unit: 'ms', samples, circuit, workers: 1 },
  ];
}

async function proveOne({ toolbox: { config, signal }, jobs }: Workshop): Promise<Proven> {
  const [job] = await jobs();
  const prover = createProver({ threads: 1, deadlineMs: config.prover.deadlineMs, engine: proverEngine(config) });
  try {
    return await prover.prove(job, { signal });
  } finally {
    await prover.close();
  }
}

/** A verifier that accepts everything would be the fastest. */
async function requireStrict(verifier: Verifier, { signals, proof }: Pick<Proven, 'signals' | 'proof'>): Promise<void> {
  const [context = 0n, ...others] = signals;
  try {
    await verifier.verify([context + 1n, ...others], proof);
  } catch (error) {
    if (error instanceof ProofRejectedError) return;
    throw error;
  }
  throw new InternalError('the verifier accepted a proof of another statement');
}
