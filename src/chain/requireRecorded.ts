import { Statement } from '../model/Statement.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { computeLedger } from './generated/contracts.ts';
import { ask } from './reading.ts';

/**
 * Asks the ledger, as a consumer would, whether a statement can be relied upon: recorded, its program not frozen, and
 * at least `confirmations` blocks after its own.
 * @throws ContractRevertError with NotRecorded or NotFinal, ContractForbiddenError with FrozenProgram,
 * ChainUnavailableError
 */
export async function requireRecorded(
  chain: Chain,
  { contracts }: Deployment,
  { statement, confirmations }: { readonly statement: Statement; readonly confirmations: number },
): Promise<void> {
  const { address } = contracts.computeLedger;
  await ask(
    `relying on statement ${Statement.id(statement)}`,
    chain.client.readContract({
      address,
      abi: computeLedger.abi,
      functionName: 'requireRecorded',
      args: [statement.programId, statement.signals, BigInt(confirmations)],
    }),
  );
}
