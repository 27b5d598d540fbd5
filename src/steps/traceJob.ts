/** @module The parts of a job's way as spans, named the same wherever it is gone. */
import type { Job } from '../model/Job.ts';
import type { Proven, ProvenTiming } from '../model/Proven.ts';
import type { Traces } from '../traces.ts';
import type { Submitted } from './submit.ts';

/** Tells what proving took, as parts of a span; `endMs` is when the checked proof was there. */
export function traceProof(
  traces: Traces | undefined,
  {
    proven,
    endMs,
    parentId,
  }: { readonly proven: Proven; readonly endMs: number; readonly parentId: string | undefined },
): void {
  if (!traces) return;
  const { statementId, timing, keyId } = proven;
  const parts = partsOf(timing);
  let startMs = endMs - parts.reduce((sum, { ms }) => sum + ms, 0);
  for (const { name, ms, attributes } of parts) {
    traces.add({
      ...{ statementId, parentId, name, startMs, endMs: startMs + ms },
      attributes: { ...attributes, 'tally.key': keyId },
    });
    startMs += ms;
  }
}

/** One after the other, as a worker does them. */
function partsOf({ waitMs, witnessMs, loadMs, proveMs, verifyMs, cpuMs, stages }: ProvenTiming) {
  const named = Object.entries(stages).map(([stage, ms]) => [`tally.stage.${stage}`, ms]);
  const parts = [
    { name: 'wait for a thread', ms: waitMs, attributes: {} },
    { name: 'witness', ms: witnessMs, attributes: {} },
    { name: 'engine and key', ms: loadMs, attributes: {} },
    { name: 'proof', ms: proveMs, attributes: { 'tally.cpu_ms': cpuMs, ...Object.fromEntries(named) } },
    { name: 'verification', ms: verifyMs, attributes: {} },
  ];
  return parts.filter(({ ms }) => ms > 0);
}

/** Tells of a job that is proven without a queue: its way begins and ends in this process. */
export function traceLocalProof(traces: Traces | undefined, job: Job, proven: Proven, startMs: number): void {
  if (!traces) return;
  const endMs = Date.now();
  const { statementId, programId } = proven;
  const attributes = {
    'tally.computation': job.circuit.name,
    'tally.size': job.circuit.size,
    'tally.program': programId,
  };
  traces.add({ statementId, parentId: null, name: 'job', startMs, endMs, attributes });
  traceProof(traces, { proven, endMs, parentId: undefined });
}

/** Tells of statements that went to the chain together. */
export function traceSubmissions(
  traces: Traces | undefined,
  submitted: readonly Submitted[],
  { startMs, chainId }: { readonly startMs: number; readonly chainId: number },
): void {
  const endMs = Date.now();
  for (const { statementId, record, adopted } of submitted) {
    const attributes = {
      ...{ 'tally.chain': chainId, 'tally.transaction': record.transaction, 'tally.adopted': adopted },
      ...{ 'tally.record': Number(record.index), 'tally.block': Number(record.block) },
    };
    traces?.add({ statementId, name: 'submission', startMs, endMs, attributes });
  }
}
