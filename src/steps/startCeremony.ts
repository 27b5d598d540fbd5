import { createHash } from 'node:crypto';
import { deriveInitialKey } from '../../prover/keys/ceremony/initial.ts';
import { openPhase1 } from '../../prover/keys/ceremony/phase1.ts';
import { writeFileAtomic } from '../files.ts';
import { compile } from './compile.ts';
import type { Toolbox } from './toolbox.ts';

/** A phase-1 file, and the hash that it must have when it is none of the published ones. */
export type Phase1File = { readonly ptau: string; readonly blake2b?: string | undefined };

export type StartOptions = Phase1File & {
  readonly name: string;
  readonly size?: string | undefined;
  /** Where the initial key goes, given the circuit's name and size. */
  readonly out: (circuit: { readonly name: string; readonly size: string }) => string;
};

export type StartedCeremony = {
  readonly out: string;
  readonly sha256: string;
  readonly phase1: { readonly name: string | undefined; readonly power: number; readonly blake2b: string };
};

/**
 * Begins a ceremony: writes the key that follows from circuit and phase 1, which the first contributor takes.
 * @throws PtauError, CeremonyError, the errors of `compile`, InputFileError, CancelledError
 */
export async function startCeremony(toolbox: Toolbox, options: StartOptions): Promise<StartedCeremony> {
  const { onProgress, signal } = toolbox;
  const { engine } = toolbox.config.prover;
  const { circuit } = await compile(toolbox, options);
  const label = `ceremony of ${circuit.name}`;
  onProgress({ label });
  const phase1 = await openPhase1(options.ptau, { blake2b: options.blake2b, engine, signal });
  const bytes = await deriveInitialKey(circuit, phase1, { engine, signal });
  const out = options.out(circuit);
  await writeFileAtomic(out, bytes);
  onProgress({ label, finished: true, note: out });
  const { name, blake2b, ptau } = phase1;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { out, sha256, phase1: { name, blake2b, power: ptau.power } };
}
