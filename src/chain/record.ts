import { encodeFunctionData } from 'viem/utils';
import { InternalError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Proof } from '../model/Proof.ts';
import { Seal } from '../model/Seal.ts';
import { Statement } from '../model/Statement.ts';
import type { Deployment } from './deployment.ts';
import { computeLedger } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, isRefusal, type Outcome } from './outcome.ts';
import { ask, logsOf } from './reading.ts';
import { type RecordRow, readRecord, rowsOf } from './readRecords.ts';
import type { Intent } from './transaction.ts';

/** A proven statement and whom it is for, as its context (public signal 0) says. */
export type Submission = {
  readonly statement: Statement;
  readonly keyId: Hex;
  readonly stream: number;
  readonly window: number;
  readonly beneficiary: Hex;
  /** How many records the program's stream has before this one; 0 in stream 0. */
  readonly sequence: bigint;
  readonly proof: Proof;
};

/**
 * Records a proven statement, or adopts the record when the statement is on the ledger already, whoever brought it.
 * Calls made one after the other without waiting keep their order, so the records of a stream can travel together.
 * @throws ContractRevertError and the others that `Outbox.retry` throws
 */
export async function record(
  outbox: Outbox,
  deployment: Deployment,
  submission: Submission,
): Promise<Outcome & { readonly record: RecordRow }> {
  const statementId = Statement.id(submission.statement);
  const { chain } = outbox;
  try {
    const sent = await outbox.retry(recordIntent(deployment, submission));
    const row = rowsOf(await logsOf(chain, sent.hash), deployment).find((each) => each.statementId === statementId);
    if (!row) throw new InternalError('a record was made without an event', { at: sent.hash });
    return { ...fromSent(sent), record: row };
  } catch (error) {
    if (!isRefusal(error, 'AlreadyRecorded')) throw error;
    const { address } = deployment.contracts.computeLedger;
    const { abi } = computeLedger;
    const { blockNumber } = await ask(
      `reading the record of ${statementId}`,
      chain.client.readContract({ address, abi, functionName: 'recordOf', args: [statementId] }),
    );
    const row = await readRecord(chain, deployment, { statementId, block: Number(blockNumber) });
    return { ...adoptedOutcome, record: row };
  }
}

/** The call of `record`, not yet sent. */
export function recordIntent({ contracts }: Deployment, submission: Submission): Intent {
  const { statement, keyId, stream, window, beneficiary, sequence, proof } = submission;
  const { programId, signals } = statement;
  const id = Statement.id(statement);
  const args = [programId, keyId, stream, window, beneficiary, sequence, signals, Seal.encode(proof)] as const;
  return {
    id,
    what: `record statement ${id}`,
    carries: [id],
    to: contracts.computeLedger.address,
    data: encodeFunctionData({ abi: computeLedger.abi, functionName: 'record', args }),
  };
}
