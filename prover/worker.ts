/**
 * @module What runs in each thread of the pool, one job at a time: input → validation → witness → proof →
 * verification. The private input and the witness stay here; a checked proof, public signals and times leave.
 */
import { InternalError, ProofRejectedError, SelfCheckError } from '../src/errors.ts';
import type { Proof } from '../src/model/Proof.ts';
import { VerifyingKey } from '../src/model/VerifyingKey.ts';
import { R1cs } from './artifacts/r1cs.ts';
import { Wtns } from './artifacts/wtns.ts';
import { calculateWitness, readSignals } from './calculate.ts';
import type { Engine, EngineModule, KeyHandle } from './engines/engine.ts';
import { readPinned } from './pinned.ts';
import { drawRandomness } from './randomness.ts';
import { createRecent, type Recent } from './recent.ts';
import { checkSatisfied } from './satisfy.ts';
import { type Done, Failure, type Help, type Outcome, Task } from './task.ts';
import { createVerifier, type Verifier } from './verify.ts';
import type { WitnessCalculator } from './witness.ts';

/** Called by the pool with a `Task`, or with a call for `Help`; every failure comes back as data. */
export default async function run(message: unknown): Promise<Outcome | undefined> {
  try {
    if ((message as Help | undefined)?.kind === 'help') return await help(message as Help);
    return { ok: true, done: await prove(Task.parse(message)) };
  } catch (error) {
    return { ok: false, failure: Failure.from(error) };
  }
}

async function prove(task: Task): Promise<Done> {
  const kept = keep(task.keptMax);
  const clock = createClock();
  const cpu = threadCpuMs();
  const witness = await makeWitness(task, kept);
  try {
    return await proveWitness(task, kept, { witness, clock, cpu });
  } finally {
    forget(witness);
  }
}

type Begun = { readonly witness: Uint8Array; readonly clock: () => number; readonly cpu: number };

async function proveWitness(task: Task, kept: Kept, { witness, clock, cpu }: Begun): Promise<Done> {
  const signals = readSignals(witness, task.circuit.publicCount);
  const before = task.source.kind === 'calculated' ? task.source : { witnessMs: 0, cpuMs: 0 };
  const witnessMs = before.witnessMs + clock();
  const key = await loadKey(task, kept);
  const loadMs = clock();
  const { proof, stages } = await key.handle.prove(witness, drawRandomness(), { board: task.board });
  const proveMs = clock();
  await checkProof(task, { verifier: key.verifier, witness, signals, proof });
  const cpuMs = before.cpuMs + threadCpuMs() - cpu;
  return { signals, proof, witnessMs, loadMs, proveMs, verifyMs: clock(), cpuMs, stages };
}

/** Gives up the memory of a witness at once: garbage is collected at leisure, and other witnesses come meanwhile. */
function forget({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** With the proof of another thread. */
async function help({ engine, keptMax, board }: Help): Promise<undefined> {
  const helper = await loadEngine(engine, keep(keptMax));
  await helper.help?.(board);
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
  if (source.kind === 'calculated') return source.witness;
  const { input, sha256, module } = source;
  return calculateWitness({ circuit, input, sha256, loadModule: async () => module }, kept.calculators);
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

function loadEngine(url: string, kept: Kept): Promise<Engine> {
  return kept.engines.get(url, async () => {
    const { createEngine } = (await import(url)) as EngineModule;
    return createEngine();
  });
}

async function loadKey(task: Task, kept: Kept): Promise<{ handle: KeyHandle; verifier: Verifier }> {
  const engine = await loadEngine(task.engine, kept);
  const id = `${task.provingKey.sha256} ${VerifyingKey.id(task.verifyingKey)}`;
  return kept.keys.get(id, async () => ({
    handle: await openKey(engine, task.provingKey),
    verifier: await createVerifier(task.verifyingKey),
  }));
}

async function openKey(engine: Engine, { sha256, zkey }: Task['provingKey']): Promise<KeyHandle> {
  if (zkey) return engine.load(new Uint8Array(zkey));
  if (engine.find) return engine.find(sha256);
  throw new InternalError(`the engine ${engine.name} shares no keys, and was given none`);
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

/** What this thread has used of its processor; 0 on versions of Node that do not tell (before 23.9). */
function threadCpuMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return 0;
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
