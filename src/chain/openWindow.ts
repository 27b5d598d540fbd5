import { encodeFunctionData } from 'viem/utils';
import { DeploymentError } from '../errors.ts';
import type { Deployment } from './deployment.ts';
import { nettingLedger } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, isRefusal, type Outcome } from './outcome.ts';
import { readWindow, type WindowPlace } from './readWindow.ts';

export type WindowTerms = WindowPlace & {
  /** Days since 1970-01-01, both inclusive. */
  readonly dateFrom: number;
  readonly dateTo: number;
  /** Last second, in UTC seconds, in which the window can be advanced. */
  readonly commitDeadline: number;
};

/**
 * Opens a window of a net stream, or adopts it when it was opened with the same dates and deadline.
 * @throws DeploymentError when it was opened with others; ContractRevertError and what else `Outbox.retry` throws
 */
export async function openWindow(outbox: Outbox, deployment: Deployment, terms: WindowTerms): Promise<Outcome> {
  const { stream, window, dateFrom, dateTo, commitDeadline } = terms;
  const args = [stream, window, dateFrom, dateTo, BigInt(commitDeadline)] as const;
  const data = encodeFunctionData({ abi: nettingLedger.abi, functionName: 'open', args });
  const to = deployment.contracts.nettingLedger.address;
  try {
    return fromSent(await outbox.retry({ what: `open window ${window} of stream ${stream}`, to, data }));
  } catch (error) {
    if (!isRefusal(error, 'WindowNotAscending')) throw error;
    const found = await readWindow(outbox.chain, deployment, { stream, window });
    if (found.state === 'none') throw error;
    const same = found.dateFrom === dateFrom && found.dateTo === dateTo && found.commitDeadline === commitDeadline;
    if (same) return adoptedOutcome;
    throw new DeploymentError(`window ${window} of stream ${stream} is open with other dates or another deadline`, {
      details: [`there: days ${found.dateFrom} to ${found.dateTo}, until ${found.commitDeadline}`],
    });
  }
}
