import { encodeFunctionData } from 'viem/utils';
import { DisclosureMismatchError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { Positions } from '../model/Positions.ts';
import type { Proof } from '../model/Proof.ts';
import { Seal } from '../model/Seal.ts';
import { Statement } from '../model/Statement.ts';
import type { Deployment } from './deployment.ts';
import { nettingLedger } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, isRefusal, type Outcome } from './outcome.ts';
import { readWindow, type WindowPlace } from './readWindow.ts';
import type { Intent } from './transaction.ts';

/** Proven net positions of a closed window. */
export type Disclosure = WindowPlace & {
  /** Of Disclosure: context, commitment, then one position for each participant. */
  readonly statement: Statement;
  readonly keyId: Hex;
  readonly beneficiary: Hex;
  readonly proof: Proof;
};

/**
 * Opens the net positions of a closed window, or adopts them when they are open.
 * @throws DisclosureMismatchError when others are open; ProofRejectedError when a position is out of range;
 * ContractRevertError and the others that `Outbox.retry` throws
 */
export async function disclosePositions(
  outbox: Outbox,
  deployment: Deployment,
  disclosure: Disclosure,
): Promise<Outcome & { readonly positions: Positions }> {
  const positions = positionsIn(disclosure);
  try {
    return { ...fromSent(await outbox.retry(discloseIntent(deployment, disclosure))), positions };
  } catch (error) {
    if (!isRefusal(error, 'WindowNotClosed')) throw error;
    const found = await readWindow(outbox.chain, deployment, disclosure);
    if (found.positions === undefined) throw error;
    if (String(found.positions) === String(positions)) return { ...adoptedOutcome, positions };
    throw new DisclosureMismatchError('the chain has disclosed other positions than these', {
      at: `stream ${disclosure.stream}, window ${disclosure.window}`,
      cause: error,
    });
  }
}

/** The call of `disclose`, not yet sent. @throws ProofRejectedError when a position is out of range */
export function discloseIntent({ contracts }: Deployment, disclosure: Disclosure): Intent {
  const { stream, window, statement, keyId, beneficiary, proof } = disclosure;
  const args = [stream, window, beneficiary, keyId, positionsIn(disclosure), Seal.encode(proof)] as const;
  return {
    id: Statement.id(statement),
    what: `disclose the positions of window ${window} of stream ${stream}`,
    to: contracts.nettingLedger.address,
    data: encodeFunctionData({ abi: nettingLedger.abi, functionName: 'disclose', args }),
  };
}

function positionsIn({ statement }: Disclosure): Positions {
  return statement.signals.slice(2).map(Positions.fromSignal);
}
