/** @module One proof by each engine that runs here, in turn on the calling thread, round by round. */
import { readFile } from 'node:fs/promises';
import { chooseEngine } from '../../prover/engines/choose.ts';
import type { Engine, EngineModule, KeyHandle } from '../../prover/engines/engine.ts';
import { drawRandomness } from '../../prover/randomness.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../prover/witness.ts';
import { readFileBounded } from '../../src/files.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import type { Job } from '../../src/model/Job.ts';
import type { Proof } from '../../src/model/Proof.ts';
import { timed } from './clock.ts';
import type { Reach, Row } from './row.ts';

/** From the fastest to the one that all are held against. */
const contestants = ['native:ifma', 'native:adx', 'native:generic', 'wasm', 'snarkjs'] as const;
const reference = 'snarkjs';

/** What one engine took in each round: by the clock, and of this thread's processor. */
type Times = { readonly engine: string; readonly wallMs: number[]; readonly processorMs: number[] };

export type ContestResult = {
  readonly times: readonly Times[];
  readonly leftOut: readonly string[];
  readonly witness: Uint8Array;
  /** The last one that was made. */
  readonly proof: Proof;
};

/** Proves a job `rounds` times with each engine. */
export async function holdContest(job: Job, rounds: number): Promise<ContestResult> {
  const witness = await makeWitness(job);
  const { opened, leftOut } = await openEngines(new Uint8Array(await readFile(job.keys.provingKey.path)));
  const times = opened.map(({ engine }): Times => ({ engine: engine.name, wallMs: [], processorMs: [] }));
  let proof: Proof | undefined;
  for (let round = 0; round < rounds; round++) {
    for (const [i, { handle }] of opened.entries()) {
      const before = process.threadCpuUsage();
      const { result, ms } = await timed(() => handle.prove(witness, drawRandomness()));
      const { user, system } = process.threadCpuUsage(before);
      times[i]?.wallMs.push(ms);
      times[i]?.processorMs.push((user + system) / 1000);
      proof = result.proof;
    }
  }
  for (const { engine, handle } of opened) await handle.release().then(() => engine.close());
  return { times, leftOut, witness, proof: proof as Proof };
}

/** Each engine's time, and how many times as fast it is as the reference: round by round, and by the least times. */
export function contestRows(
  { times }: ContestResult,
  { circuit, reaches }: { readonly circuit: Circuit; readonly reaches: Readonly<Record<string, Reach>> },
): readonly Row[] {
  const slow = times.find(({ engine }) => engine === reference) as Times;
  return times.flatMap(({ engine, wallMs, processorMs }): Row[] => {
    const own = { circuit, workers: 1 };
    const row: Row = { name: `one proof, ${engine}`, unit: 'ms', samples: wallMs, ...own };
    if (engine === reference) return [row];
    const ratios = wallMs.map((ms, round) => (slow.wallMs[round] as number) / ms);
    const least = Math.min(...slow.processorMs) / Math.min(...processorMs);
    return [
      row,
      { name: '· times as fast as snarkjs', unit: 'ratio', samples: ratios, ...own, reach: reaches[engine] },
      { name: '· by the least processor times', unit: 'ratio', samples: [least], ...own, reach: reaches[engine] },
    ];
  });
}

type Opened = { readonly engine: Engine; readonly handle: KeyHandle };

/** Every engine that gives the known answer here, and why the others do not. */
async function openEngines(zkey: Uint8Array): Promise<{ opened: readonly Opened[]; leftOut: readonly string[] }> {
  const opened: Opened[] = [];
  const leftOut: string[] = [];
  for (const wish of contestants) {
    const url = urlOf(wish);
    if (!url) {
      leftOut.push(`${wish}: does not run here`);
      continue;
    }
    const { createEngine } = (await import(url.href)) as EngineModule;
    const engine = await createEngine();
    opened.push({ engine, handle: await engine.load(zkey) });
  }
  return { opened, leftOut };
}

function urlOf(wish: string): URL | undefined {
  try {
    return chooseEngine(wish).url;
  } catch {
    return undefined;
  }
}

async function makeWitness({ circuit, input }: Job): Promise<Uint8Array> {
  const wasm = await readFileBounded(circuit.wasm.path, { bytesMax: circuit.wasm.bytes });
  const module = await compileWitnessModule(wasm, circuit.wasm.path);
  return createWitnessCalculator(module, circuit.signals).calculate(input);
}
