import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createProver, type Prover } from '../../prover/index.ts';
import { verify } from '../../prover/verify.ts';
import { BatchIncompleteError, CancelledError, TallyError } from '../errors.ts';
import { makeFolder, readTextBounded, writeFileAtomic } from '../files.ts';
import type { Hex } from '../model/Hex.ts';
import { Input } from '../model/Input.ts';
import type { Job } from '../model/Job.ts';
import { Json } from '../model/Json.ts';
import { ProofFile, type Purpose } from '../model/ProofFile.ts';
import { Statement } from '../model/Statement.ts';
import { proverEngine } from './engine.ts';
import { requireNotHalted } from './halt.ts';
import type { Toolbox } from './toolbox.ts';
import { traceLocalProof } from './traceJob.ts';

/** A job together with what its context was made of. */
export type PurposedJob = Job & { readonly purpose: Purpose | undefined };

/** A job that was given up, after all attempts. */
export type DeadLetter = { readonly id: string; readonly error: TallyError };

export type Batch = {
  /** In the order of the jobs, without those that failed. */
  readonly proofs: readonly ProofFile[];
  readonly failed: readonly DeadLetter[];
  /** How many of the proofs had been made before. */
  readonly found: number;
  readonly wallMs: number;
};

export type ProveBatchOptions = {
  /** Threads of the pool; the configuration's by default. */
  readonly threads?: number | undefined;
  readonly label?: string | undefined;
};

/**
 * Proves a batch of jobs in parallel and keeps each proof on disk as soon as it is there, so that a batch that was cut
 * short goes on where it stopped. A job that fails after all attempts becomes a dead letter; the others go on.
 * @throws CancelledError
 */
export async function prove(
  toolbox: Toolbox,
  jobs: readonly PurposedJob[],
  { threads: threadsMax = toolbox.config.prover.threads, label = 'prove' }: ProveBatchOptions = {},
): Promise<Batch> {
  const { config, onProgress, signal } = toolbox;
  requireNotHalted(config);
  const started = performance.now();
  const threads = Math.max(1, Math.min(threadsMax, jobs.length));
  const folder = join(config.dataDir, 'proofs');
  await makeFolder(folder);
  const prover = createProver({ threads, deadlineMs: config.prover.deadlineMs, engine: proverEngine(config) });
  const results: (ProofFile | DeadLetter)[] = new Array(jobs.length);
  let done = 0;
  let found = 0;
  const report = () => onProgress({ label, done, total: jobs.length });
  report();
  try {
    await eachLimited(jobs, threads + prefetched, async (job, i) => {
      const kept = await findKept(toolbox, folder, job);
      if (kept) found++;
      results[i] = kept ?? (await proveOne(prover, job, { folder, signal, traces: toolbox.traces }));
      done++;
      report();
    });
  } finally {
    await prover.close();
  }
  const proofs = results.filter((result): result is ProofFile => 'proof' in result);
  const failed = results.filter((result): result is DeadLetter => 'error' in result);
  const wallMs = performance.now() - started;
  const again = found > 0 ? `, ${found} of them made before` : '';
  onProgress({ label, finished: true, note: `${proofs.length} proofs, ${threads} workers${again}` });
  return { proofs, failed, found, wallMs };
}

/**
 * The proofs of a batch in which nothing failed.
 * @throws the job's own error when there was one job, BatchIncompleteError when some of several failed
 */
export function requireAll({ proofs, failed }: Batch): readonly ProofFile[] {
  const [first] = failed;
  if (!first) return proofs;
  if (failed.length === 1 && proofs.length === 0) throw first.error;
  throw new BatchIncompleteError(
    `${failed.length} of ${proofs.length + failed.length} jobs failed; the others are kept`,
    {
      details: failed.slice(0, shownMax).map(({ id, error }) => `${id}: ${error.shortMessage} (${error.code})`),
      remedy: 'mend the inputs and run again: what is proven is not proven again',
      cause: first.error,
      exitCodes: failed.map(({ error }) => error.exitCode),
    },
  );
}

/** How many failures an error lists. */
const shownMax = 5;
/** Jobs handed over beyond the threads, so that none waits for its next one. */
const prefetched = 1;
const proofBytesMax = 2 ** 20;

async function proveOne(
  prover: Prover,
  job: PurposedJob,
  { folder, signal, traces }: Pick<Toolbox, 'signal' | 'traces'> & { readonly folder: string },
): Promise<ProofFile | DeadLetter> {
  try {
    const { name, size } = job.circuit;
    const startMs = Date.now();
    const proven = await prover.prove(job, { signal });
    traceLocalProof(traces, job, proven, startMs);
    const file: ProofFile = { ...proven, circuit: { name, size }, purpose: job.purpose };
    await writeFileAtomic(keptPath(folder, file), `${Json.stringify(ProofFile.toJson(file))}\n`);
    return file;
  } catch (error) {
    if (error instanceof CancelledError || !(error instanceof TallyError)) throw error;
    return { id: job.id, error };
  }
}

/** A proof that an earlier run made of the same statement under the same key, verified before it is used again. */
async function findKept({ onProgress }: Toolbox, folder: string, job: PurposedJob): Promise<ProofFile | undefined> {
  const { circuit, keys, input } = job;
  const signals = Input.publicSignals(circuit.signals, input);
  const path = keptPath(folder, {
    keyId: keys.keyId,
    statementId: Statement.id({ programId: circuit.programId, signals }),
  });
  try {
    const file = ProofFile.parse(Json.parse(await readTextBounded(path, proofBytesMax), path), path);
    await verify(keys.verifyingKey, signals, file.proof);
    return { ...file, id: job.id, purpose: job.purpose };
  } catch (error) {
    // Absent or damaged: the proof is made, and the file replaced.
    if (!(error instanceof TallyError)) throw error;
    if (existsSync(path)) onProgress({ label: `damaged proof, made again: ${path}`, finished: true });
    return undefined;
  }
}

function keptPath(folder: string, { keyId, statementId }: { readonly keyId: Hex; readonly statementId: Hex }): string {
  return join(folder, `${statementId.slice(2, 34)}-${keyId.slice(2, 10)}.json`);
}

/** Runs an action over all items, so many at a time, in order; the first failure stops the rest. */
async function eachLimited<T>(
  items: readonly T[],
  limit: number,
  action: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await action(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}
