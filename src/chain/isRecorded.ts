import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { computeLedger } from './generated/contracts.ts';
import { ask } from './reading.ts';

/** Whether the ledger has a row of a statement. @throws ChainUnavailableError */
export async function isRecorded(chain: Chain, { contracts }: Deployment, statementId: Hex): Promise<boolean> {
  const { address } = contracts.computeLedger;
  const { blockNumber } = await ask(
    `looking for statement ${statementId}`,
    chain.client.readContract({ address, abi: computeLedger.abi, functionName: 'recordOf', args: [statementId] }),
  );
  return blockNumber !== 0n;
}
