import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { computeLedger } from './generated/contracts.ts';
import { ask } from './reading.ts';

/**
 * How many records a program's stream has: the sequence of the next one; always 0 in stream 0.
 * @throws ChainUnavailableError
 */
export function readSequence(
  chain: Chain,
  { contracts }: Deployment,
  { programId, stream }: { readonly programId: Hex; readonly stream: number },
): Promise<bigint> {
  const { address } = contracts.computeLedger;
  const args = [programId, stream] as const;
  return ask(
    `reading the sequence of stream ${stream}`,
    chain.client.readContract({ address, abi: computeLedger.abi, functionName: 'sequenceOf', args }),
  );
}
