import { randomBytes } from 'node:crypto';
import { createProver } from '../../prover/index.ts';
import { TallyError, UsageError } from '../errors.ts';
import { type Measured, measured } from '../jobs/gauges.ts';
import { meanGas } from '../jobs/spending.ts';
import { Draw, seedBytes } from '../model/Draw.ts';
import type { JsonValue } from '../model/Json.ts';
import { Sample } from '../model/Sample.ts';
import { proverEngine } from './engine.ts';
import type { JobsSession } from './openJobs.ts';
import { planStatements } from './planStatements.ts';
import { type Prepared, prepare } from './prepare.ts';
import type { Toolbox } from './toolbox.ts';

export type PlanOptions = {
  readonly name: string;
  readonly size?: string | undefined;
  readonly key?: string | undefined;
  readonly proofs: number;
  /** Jobs at the same time, over all workers. */
  readonly threads: number;
  /** An input to measure with, where nothing has been measured yet. */
  readonly input?: JsonValue | undefined;
};

/** What so many proofs will take. */
export type WorkPlan = {
  readonly constraints: number;
  readonly hours: number;
  readonly cpuHours: number;
  /** Bytes of resident memory of one worker's process. */
  readonly memory: number;
  readonly gas: bigint;
  /** What the figures rest on. */
  readonly measured: { readonly wallMs: number; readonly attempts: number; readonly how: 'history' | 'now' };
  readonly gasPerStatement: { readonly gas: bigint; readonly how: 'history' | 'bound' };
};

/** What the gas report holds a single record to; a batch takes less per statement. */
const recordGasMax = 270_000n;
const hourMs = 3_600_000;

/**
 * Works out hours, memory and gas for a number of proofs: from what earlier attempts took, or else by making two proofs
 * now, of which the second is measured.
 * @throws UsageError when there is nothing to measure with, and the errors of `prepare`
 */
export async function planWork(toolbox: Toolbox, session: JobsSession, options: PlanOptions): Promise<WorkPlan> {
  const { store } = session;
  const prepared = await prepare(toolbox, options);
  const { constraints, programId } = prepared.circuit;
  const known = await store.acrossTenants((tx) => measured(tx, programId));
  const figures = known ?? (await measureNow(toolbox, prepared, options));
  const spent = await store.acrossTenants(meanGas);
  const perStatement = spent?.perStatement ?? recordGasMax;
  return {
    constraints,
    hours: (options.proofs * figures.wallMs) / options.threads / hourMs,
    cpuHours: (options.proofs * figures.cpuMs) / hourMs,
    memory: figures.rssPeak,
    gas: perStatement * BigInt(options.proofs),
    measured: { wallMs: figures.wallMs, attempts: figures.attempts, how: known ? 'history' : 'now' },
    gasPerStatement: { gas: perStatement, how: spent ? 'history' : 'bound' },
  };
}

async function measureNow(toolbox: Toolbox, prepared: Prepared, { input }: PlanOptions): Promise<Measured> {
  const { config, signal, onProgress } = toolbox;
  const label = 'measuring two proofs';
  onProgress({ label });
  const raw = input ?? sampleInput(prepared);
  const prover = createProver({ threads: 1, engine: proverEngine(config), deadlineMs: config.prover.deadlineMs });
  try {
    const [job] = planStatements(prepared, { inputs: [{ id: 'plan', input: raw }], place: undefined });
    await prover.prove(job as NonNullable<typeof job>, { signal });
    const started = performance.now();
    const { timing } = await prover.prove(job as NonNullable<typeof job>, { signal });
    const wallMs = performance.now() - started;
    onProgress({ label, finished: true, note: `${wallMs.toFixed(0)} ms` });
    const rssPeak = process.resourceUsage().maxRSS * 1024;
    return { attempts: 1, wallMs, cpuMs: timing.cpuMs, rssPeak };
  } catch (error) {
    if (!(error instanceof TallyError) || error.exitCode > 3 || input !== undefined) throw error;
    throw new UsageError('nothing has been measured of this computation, and a made-up input does not satisfy it', {
      remedy: 'give a true one with --input <file.json>',
      cause: error,
    });
  } finally {
    await prover.close();
  }
}

function sampleInput({ circuit }: Prepared): JsonValue {
  // Values are bigints, which the schema takes like decimal strings.
  return Sample.given(circuit.signals, Draw.fromSeed(randomBytes(seedBytes))) as unknown as JsonValue;
}
