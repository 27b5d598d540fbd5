/**
 * @module What runs in each thread of the pool, one job at a time: input → validation → witness → proof →
 * verification. The private input and the witness stay here; a checked proof, public signals and times leave.
 */
import { ArtifactMismatchError, ProofRejectedError, SelfCheckError } from '../src/errors.ts';
import { Field } from '../src/model/Field.ts';
import { Input } from '../src/model/Input.ts';
import type { Proof } from '../src/model/Proof.ts';
import { VerifyingKey } from '../src/model/VerifyingKey.ts';
import { R1cs } from './artifacts/r1cs.ts';
import { Wtns } from './artifacts/wtns.ts';
import type { Engine, EngineModule, KeyHandle } from './engines/engine.ts';
import { readPinned } from './pinned.ts';
import { drawRandomness } from './randomness.ts';
import { createRecent, type Recent } from './recent.ts';
import { checkSatisfied } from './satisfy.ts';
import { type Done, Failure, type Outcome, Task } from './task.ts';
import { createVerifier, type Verifier } from './verify.ts';
import { createWitnessCalculator, type WitnessCalculator } from './witness.ts';

/** Called by the pool with a `Task`; every failure comes back as data. */
export default async function run(message: unknown): Promise<Outcome> {
  try {
    return { ok: true, done: await prove(Task.parse(message)) };
  } catch (error) {
    return { ok: false, failure: Failure.from(error) };
  }
}

async function prove(task: Task): Promise<Done> {
  const kept = keep(task.keptMax);
  const clock = createClock();
  const witness = await makeWitness(task, kept);
  const signals = readSignals(witness, task.circuit.publicCount);
  const witnessMs = clock();
  const key = await loadKey(task, kept);
  const loadMs = clock();
  const { proof, stages } = await key.handle.prove(witness, drawRandomness());
  const proveMs = clock();
  await checkProof(task, { verifier: key.verifier, witness, signals, proof });
  return { signals, proof, witnessMs, loadMs, proveMs, verifyMs: clock(), stages };
}

/** The thread's memory between jobs. */
type Kept = {
  readonly engines: Recent<Engine>;
  readonly keys: Recent<{ readonly handle: KeyHandle; readonly verifier: Verifier }>;
  readonly calculators: Recent<WitnessCalculator>;
};

let keptByThread: Kept | undefined;

function keep(max: number): Kept {
  keptByThread ??= {
    engines: createRecent({ max: 1, release: (engine) => engine.close() }),
    keys: createRecent({ max, release: ({ handle }) => handle.release() }),
    calculators: createRecent({ max }),
  };
  return keptByThread;
}

async function makeWitness({ circuit, source }: Task, kept: Kept): Promise<Uint8Array> {
  if (source.kind === 'witness') return checkGivenWitness(circuit, source.wtns);
  const values = Input.parse(circuit.signals, source.input);
  // A result that was left out is a missing input here: the reference functions do not come into workers.
  const expected = Input.publicSignals(circuit.signals, values);
  const schema = JSON.stringify(circuit.signals.map(({ name, dimensions }) => [name, dimensions]));
  const calculator = await kept.calculators.get(`${source.sha256} ${schema}`, async () =>
    createWitnessCalculator(source.module, circuit.signals),
  );
  if (calculator.wires !== circuit.wires) {
    throw new ArtifactMismatchError(
      `the witness of ${circuit.name} has ${calculator.wires} elements, not one per wire`,
      {
        details: [`wires: ${circuit.wires}`],
      },
    );
  }
  const witness = calculator.calculate(values);
  checkSignals(circuit, expected, witness);
  return witness;
}

/** A witness from elsewhere is believed nothing: its form, its length and every constraint are checked. */
async function checkGivenWitness(circuit: Task['circuit'], file: Uint8Array): Promise<Uint8Array> {
  const wtns = Wtns.parse(file);
  Wtns.checkFits(wtns, circuit.wires);
  await checkConstraints(circuit, wtns.values);
  return wtns.values;
}

async function checkConstraints({ r1cs, sym }: Task['circuit'], witness: Uint8Array): Promise<void> {
  const [system, names] = await Promise.all([readPinned(r1cs), readPinned(sym)]);
  checkSatisfied(R1cs.parse(system, r1cs.path), witness, new TextDecoder().decode(names));
}

function readSignals(witness: Uint8Array, publicCount: number): bigint[] {
  return Array.from({ length: publicCount }, (_, i) => Field.fromBytesLE(witness.subarray(32 * (i + 1), 32 * (i + 2))));
}

/** What the circuit made public must be what the schema says is public, in that order. */
function checkSignals(circuit: Task['circuit'], expected: readonly bigint[], witness: Uint8Array): void {
  const { name, publicCount } = circuit;
  const actual = readSignals(witness, publicCount);
  if (expected.length === actual.length && expected.every((signal, i) => signal === actual[i])) return;
  throw new ArtifactMismatchError(`the public signals of ${name} are not those of its schema`, {
    remedy: 'declare them in the template in the order of the schema, and compile again',
  });
}

async function loadKey(task: Task, kept: Kept): Promise<{ handle: KeyHandle; verifier: Verifier }> {
  const engine = await kept.engines.get(task.engine, async () => {
    const { createEngine } = (await import(task.engine)) as EngineModule;
    return createEngine();
  });
  const id = `${task.provingKey.sha256} ${VerifyingKey.id(task.verifyingKey)}`;
  return kept.keys.get(id, async () => ({
    handle: await engine.load(new Uint8Array(task.provingKey.zkey)),
    verifier: await createVerifier(task.verifyingKey),
  }));
}

type Made = {
  readonly verifier: Verifier;
  readonly witness: Uint8Array;
  readonly signals: readonly bigint[];
  readonly proof: Proof;
};

/**
 * No proof leaves unverified. One that fails is the witness's fault when a constraint says so, which not every circuit
 * notices while it calculates; otherwise the engine or the machine is defective.
 */
async function checkProof(task: Task, { verifier, witness, signals, proof }: Made): Promise<void> {
  try {
    await verifier.verify(signals, proof);
  } catch (error) {
    if (!(error instanceof ProofRejectedError)) throw error;
    await checkConstraints(task.circuit, witness);
    throw new SelfCheckError(`a proof of ${task.circuit.name} that was just made does not verify`, {
      details: [error.shortMessage, `engine: ${task.engine}`],
      remedy: 'do not use this engine or this machine for proving until the cause is found',
    });
  }
}

/** Milliseconds since the last call. */
function createClock(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return elapsed;
  };
}
