/** @module From a private input to a checked witness, the same in a thread of the pool and in a process of its own. */
import { ArtifactMismatchError } from '../src/errors.ts';
import type { Circuit } from '../src/model/Circuit.ts';
import { Field } from '../src/model/Field.ts';
import { Input } from '../src/model/Input.ts';
import type { Recent } from './recent.ts';
import { createWitnessCalculator, type WitnessCalculator } from './witness.ts';

export type WitnessRequest = {
  readonly circuit: Pick<Circuit, 'name' | 'signals' | 'wires' | 'publicCount'>;
  /** Not validated yet; private. */
  readonly input: unknown;
  /** Content hash of the circuit's WebAssembly. */
  readonly sha256: string;
  readonly loadModule: () => Promise<WebAssembly.Module>;
};

/**
 * The witness of an input: 32 bytes per wire, least significant first, its public part equal to the schema's.
 * @param calculators kept from call to call
 * @throws the input errors, UnsatisfiedError, ArtifactMismatchError, ArtifactFormatError, WorkerMemoryError
 */
export async function calculateWitness(
  { circuit, input, sha256, loadModule }: WitnessRequest,
  calculators: Recent<WitnessCalculator>,
): Promise<Uint8Array<ArrayBuffer>> {
  const values = Input.parse(circuit.signals, input);
  // A result that was left out is a missing input here: the reference functions do not come into workers.
  const expected = Input.publicSignals(circuit.signals, values);
  const schema = JSON.stringify(circuit.signals.map(({ name, dimensions }) => [name, dimensions]));
  const calculator = await calculators.get(`${sha256} ${schema}`, async () =>
    createWitnessCalculator(await loadModule(), circuit.signals),
  );
  if (calculator.wires !== circuit.wires) {
    throw new ArtifactMismatchError(
      `the witness of ${circuit.name} has ${calculator.wires} elements, not one per wire`,
      { details: [`wires: ${circuit.wires}`] },
    );
  }
  const witness = calculator.calculate(values);
  checkSignals(circuit, expected, witness);
  return witness;
}

/** The public part of a witness. */
export function readSignals(witness: Uint8Array, publicCount: number): bigint[] {
  return Array.from({ length: publicCount }, (_, i) => Field.fromBytesLE(witness.subarray(32 * (i + 1), 32 * (i + 2))));
}

/** What the circuit made public must be what the schema says is public, in that order. */
function checkSignals(circuit: WitnessRequest['circuit'], expected: readonly bigint[], witness: Uint8Array): void {
  const { name, publicCount } = circuit;
  const actual = readSignals(witness, publicCount);
  if (expected.length === actual.length && expected.every((signal, i) => signal === actual[i])) return;
  throw new ArtifactMismatchError(`the public signals of ${name} are not those of its schema`, {
    remedy: 'declare them in the template in the order of the schema, and compile again',
  });
}
