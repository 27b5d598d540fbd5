import { encodeFunctionData } from 'viem/utils';
import { DeploymentError } from '../errors.ts';
import type { Parameters, ProgramKind } from '../model/Computation.ts';
import type { Hex } from '../model/Hex.ts';
import type { Deployment } from './deployment.ts';
import { revertError } from './failure.ts';
import { programRegistry } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, type Outcome } from './outcome.ts';
import { ask } from './reading.ts';

export type Program = {
  readonly programId: Hex;
  readonly kind: ProgramKind;
  /** N, P and depth of the circuit, as far as its kind has them. */
  readonly parameters: Parameters;
  /** Number of public signals. */
  readonly signalCount: number;
};

/** In the order of the contract's enumeration. */
const kinds: readonly ProgramKind[] = ['generic', 'netting', 'disclosure', 'append', 'reconciliation'];

/**
 * Adds a program to the registry, or adopts it when it is there with the same parameters.
 * @throws DeploymentError when it is there with others; ContractForbiddenError when it is frozen; what `Outbox.retry`
 * throws
 */
export async function registerProgram(outbox: Outbox, deployment: Deployment, program: Program): Promise<Outcome> {
  const { address } = deployment.contracts.programRegistry;
  const { abi } = programRegistry;
  const { programId, signalCount } = program;
  const what = `register program ${programId}`;
  const shape = shapeOf(program);
  const found = await ask(
    what,
    outbox.chain.client.readContract({ address, abi, functionName: 'programOf', args: [programId] }),
  );
  if (found.signalCount !== 0) {
    const there = [found.kind, found.batchSize, found.participants, found.depth, found.signalCount];
    if (String(there) !== String([...shape, signalCount])) {
      throw new DeploymentError('the program is registered with other parameters', { at: programId });
    }
    if (found.frozen) throw revertError({ name: 'FrozenProgram', args: [programId] }, { what, at: address });
    return adoptedOutcome;
  }
  const args = [programId, ...shape, signalCount] as const;
  const data = encodeFunctionData({ abi, functionName: 'registerProgram', args });
  return fromSent(await outbox.retry({ what, to: address, data }));
}

/** Kind, batch size, participants and depth; 0 where the kind has none. */
function shapeOf({ kind, parameters }: Program): readonly [number, number, number, number] {
  const { N = 0, P = 0, depth = 0 } = parameters;
  const number = kinds.indexOf(kind);
  if (kind === 'generic') return [number, 0, 0, 0];
  if (kind === 'disclosure') return [number, 0, P, 0];
  return [number, N, kind === 'netting' ? P : 0, depth];
}
