import { encodeFunctionData } from 'viem/utils';
import type { Hex } from '../model/Hex.ts';
import { noCheckpoint } from './advanceWindow.ts';
import type { Deployment } from './deployment.ts';
import { nettingLedger } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, isRefusal, type Outcome } from './outcome.ts';
import { readWindow, type WindowPlace } from './readWindow.ts';
import { urgent } from './transaction.ts';

/**
 * Closes a window of a net stream, or finds it closed. Its root, slots and positions are final then.
 * @throws ContractRevertError when it was never opened; ContractForbiddenError before its deadline for anyone but the
 * operator; the others that `Outbox.retry` throws
 */
export async function closeWindow(
  outbox: Outbox,
  deployment: Deployment,
  { stream, window, checkpoint = noCheckpoint }: WindowPlace & { readonly checkpoint?: Hex | undefined },
): Promise<Outcome> {
  const args = [stream, window, checkpoint] as const;
  const data = encodeFunctionData({ abi: nettingLedger.abi, functionName: 'close', args });
  const to = deployment.contracts.nettingLedger.address;
  try {
    return fromSent(
      await outbox.retry({ what: `close window ${window} of stream ${stream}`, to, data, priority: urgent }),
    );
  } catch (error) {
    if (!isRefusal(error, 'WindowNotOpen')) throw error;
    if ((await readWindow(outbox.chain, deployment, { stream, window })).state === 'none') throw error;
    return adoptedOutcome;
  }
}
