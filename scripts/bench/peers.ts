import { readFile } from 'node:fs/promises';
import { chooseEngine } from '../../prover/engines/choose.ts';
import type { Engine, EngineModule, KeyHandle } from '../../prover/engines/engine.ts';
import { drawRandomness } from '../../prover/randomness.ts';
import { createReferenceVerifier, createVerifier } from '../../prover/verify.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../prover/witness.ts';
import { readFileBounded } from '../../src/files.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import type { Proof } from '../../src/model/Proof.ts';
import { repeat, timed } from './clock.ts';
import type { Reach, Row } from './row.ts';
import type { Workshop } from './workshop.ts';

/** What the project wants of each engine against snarkjs, one proof on one thread at the circuit's real size. */
const reaches: Readonly<Record<string, Reach>> = {
  'native:ifma': { atLeast: 24 },
  'native:adx': { atLeast: 7 },
  wasm: { atLeast: 4 },
};

/**
 * One proof and one verification by every engine that runs here, in turn on the calling thread, each against snarkjs in
 * the same round. What the processor cannot run has no row.
 */
export async function benchPeers(workshop: Workshop): Promise<readonly Row[]> {
  const { circuit } = await workshop.netting();
  const { keys } = await workshop.keys();
  const witness = await makeWitness(workshop, circuit);
  const zkey = new Uint8Array(await readFile(keys.provingKey.path));
  const engines = await openEngines(zkey);
  const times = new Map<string, number[]>(engines.map(({ engine }) => [engine.name, []]));
  let proof: Proof | undefined;
  for (let round = 0; round < workshop.scale.pairs; round++) {
    for (const { engine, handle } of engines) {
      const { result, ms } = await timed(() => handle.prove(witness, drawRandomness()));
      times.get(engine.name)?.push(ms);
      proof = result.proof;
    }
  }
  for (const { engine, handle } of engines) await handle.release().then(() => engine.close());
  const rows = engines.flatMap(({ engine }) => engineRows(engine.name, times, { circuit, scale: workshop.scale }));
  return [...rows, ...(await verifyRows(workshop, proof as Proof, witness))];
}

function engineRows(
  name: string,
  times: ReadonlyMap<string, readonly number[]>,
  { circuit, scale }: { readonly circuit: Circuit; readonly scale: Workshop['scale'] },
): Row[] {
  const samples = times.get(name) ?? [];
  const row: Row = { name: `one proof, ${name}`, unit: 'ms', samples, circuit, workers: 1 };
  if (name === 'snarkjs') return [row];
  const ratios = samples.map((ms, round) => (times.get('snarkjs')?.[round] as number) / ms);
  const reach = scale.hasReach ? reaches[name] : undefined;
  return [
    row,
    { name: `the same, times as fast as snarkjs`, unit: 'ratio', samples: ratios, circuit, workers: 1, reach },
  ];
}

async function verifyRows(workshop: Workshop, proof: Proof, witness: Uint8Array): Promise<Row[]> {
  const { circuit } = await workshop.netting();
  const { keys } = await workshop.keys();
  const signals = Array.from({ length: circuit.publicCount }, (_, i) =>
    Buffer.from(witness.subarray(32 * (i + 1), 32 * (i + 2)).toReversed()).toString('hex'),
  ).map((hex) => BigInt(`0x${hex}`));
  const [ours, reference] = [await createVerifier(keys.verifyingKey), await createReferenceVerifier(keys.verifyingKey)];
  const runs = workshop.scale.repeats;
  await ours.verify(signals, proof);
  await reference.verify(signals, proof);
  const slow = await repeat(runs, () => reference.verify(signals, proof));
  const fast = await repeat(runs, () => ours.verify(signals, proof));
  return [
    { name: 'verification, reference', unit: 'ms', samples: slow, circuit, workers: 1 },
    { name: 'verification, default', unit: 'ms', samples: fast, circuit, workers: 1 },
    {
      name: 'the same, times as fast as the reference',
      unit: 'ratio',
      samples: fast.map((ms, i) => (slow[i] as number) / ms),
      circuit,
      workers: 1,
      reach: workshop.scale.hasReach ? { atLeast: 6 } : undefined,
    },
  ];
}

type Opened = { readonly engine: Engine; readonly handle: KeyHandle };

/** Every engine that gives the known answer here. */
async function openEngines(zkey: Uint8Array): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const wish of ['native:ifma', 'native:adx', 'native:generic', 'wasm', 'snarkjs']) {
    const url = urlOf(wish);
    if (!url) continue;
    const { createEngine } = (await import(url.href)) as EngineModule;
    const engine = await createEngine();
    opened.push({ engine, handle: await engine.load(zkey) });
  }
  return opened;
}

function urlOf(wish: string): URL | undefined {
  try {
    return chooseEngine(wish).url;
  } catch {
    return undefined;
  }
}

async function makeWitness({ jobs }: Workshop, circuit: Circuit): Promise<Uint8Array> {
  const [job] = await jobs();
  const wasm = await readFileBounded(circuit.wasm.path, { bytesMax: circuit.wasm.bytes });
  const module = await compileWitnessModule(wasm, circuit.wasm.path);
  return createWitnessCalculator(module, circuit.signals).calculate(job.input);
}
