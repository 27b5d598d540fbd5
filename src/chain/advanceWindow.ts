import { encodeFunctionData, parseEventLogs } from 'viem/utils';
import { ProofRejectedError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Proof } from '../model/Proof.ts';
import { Seal } from '../model/Seal.ts';
import { Statement } from '../model/Statement.ts';
import type { Deployment } from './deployment.ts';
import { nettingLedger } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, isRefusal, type Outcome } from './outcome.ts';
import { ask } from './reading.ts';
import type { WindowPlace } from './readWindow.ts';
import type { Intent } from './transaction.ts';

/** A proven transition of a window by one chunk. */
export type Advance = WindowPlace & {
  /** Of Netting: context, asset, dateFrom, dateTo, oldRoot, newRoot, firstIndex, oldPositions, newPositions. */
  readonly statement: Statement;
  readonly keyId: Hex;
  readonly beneficiary: Hex;
  readonly proof: Proof;
  /** Hash of the journal checkpoint to anchor with it. */
  readonly checkpoint?: Hex | undefined;
};

export const noCheckpoint: Hex = `0x${'00'.repeat(32)}`;
const nettingSignalCount = 9;

/**
 * Applies a proven transition, or adopts it when the window has made this very transition already. Calls made one after
 * the other without waiting keep their order, so all chunks of a window can travel together.
 * @throws ContractRevertError with StaleState when the window is in another state than the proof starts from; the others
 * that `Outbox.retry` throws
 */
export async function advanceWindow(outbox: Outbox, deployment: Deployment, advance: Advance): Promise<Outcome> {
  try {
    return fromSent(await outbox.retry(advanceIntent(deployment, advance)));
  } catch (error) {
    // After this transition the window has moved on, or is closed.
    if (!isRefusal(error, 'StaleState', 'WindowNotOpen')) throw error;
    if (await wasMade(outbox, deployment, advance)) return adoptedOutcome;
    throw error;
  }
}

/** The call of `advance`, not yet sent. @throws ProofRejectedError when the statement is not one of Netting */
export function advanceIntent({ contracts }: Deployment, advance: Advance): Intent {
  const { stream, window, statement, keyId, beneficiary, proof, checkpoint = noCheckpoint } = advance;
  const { signals } = statement;
  if (signals.length !== nettingSignalCount) throw new ProofRejectedError('the statement is not one of Netting');
  const [, , , , , newRoot = 0n, firstIndex = 0n, , newPositions = 0n] = signals;
  const seal = Seal.encode(proof);
  const args = [stream, window, beneficiary, keyId, firstIndex, newRoot, newPositions, checkpoint, seal] as const;
  return {
    id: Statement.id(statement),
    carries: [Statement.id(statement)],
    what: `advance window ${window} of stream ${stream} from slot ${firstIndex}`,
    to: contracts.nettingLedger.address,
    data: encodeFunctionData({ abi: nettingLedger.abi, functionName: 'advance', args }),
  };
}

async function wasMade({ chain }: Outbox, { contracts }: Deployment, advance: Advance): Promise<boolean> {
  const { address, block } = contracts.nettingLedger;
  const { stream, window, statement } = advance;
  const statementId = Statement.id(statement);
  const logs = await ask(
    `looking for statement ${statementId}`,
    chain.client.getContractEvents({
      address,
      abi: nettingLedger.abi,
      eventName: 'WindowAdvanced',
      args: { stream, window, statementId },
      fromBlock: BigInt(block),
    }),
  );
  return parseEventLogs({ abi: nettingLedger.abi, eventName: 'WindowAdvanced', logs }).length > 0;
}
