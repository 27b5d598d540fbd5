import { verify } from '../../prover/verify.ts';
import { deploymentPath, openDeployment } from '../chain/deployment.ts';
import { readRecords } from '../chain/readRecords.ts';
import { requireRecorded } from '../chain/requireRecorded.ts';
import { ArtifactMismatchError, InternalError, UsageError } from '../errors.ts';
import { appendNew } from '../journal/append.ts';
import type { ProofFile } from '../model/ProofFile.ts';
import { Receipt, type ReceiptRecord } from '../model/Receipt.ts';
import { checkReceipt } from '../model/ReceiptCheck.ts';
import { RecordChain } from '../model/RecordChain.ts';
import { Statement } from '../model/Statement.ts';
import type { VerifyingKey } from '../model/VerifyingKey.ts';
import { connectChain } from './openChain.ts';
import type { JournalSession } from './openJournal.ts';
import { proveEntries } from './proveJournal.ts';
import type { Toolbox } from './toolbox.ts';

export type ReceiptOptions = {
  readonly proof: ProofFile;
  readonly verifyingKey: VerifyingKey;
};

/**
 * Makes the receipt for a recorded statement. The ledger is read from its first row on and checked; the record is entered
 * into the journal when it is not there yet, and the journal's head is signed. The receipt is checked before it is given.
 * @throws ContractRevertError when the statement is not recorded, RecordsBrokenError, UsageError,
 * ArtifactMismatchError, ProofRejectedError, DeploymentError, ChainUnavailableError and what signing the journal throws
 */
export async function makeReceipt(
  toolbox: Toolbox,
  session: JournalSession,
  { proof: file, verifyingKey }: ReceiptOptions,
): Promise<Receipt> {
  await verify(verifyingKey, file.signals, file.proof);
  const { purpose, statementId } = file;
  if (!purpose) {
    throw new UsageError(`proof ${file.id} does not say what its context was made of`, {
      remedy: 'prove again without a context in the input, so that it is made for the deployed ledger',
    });
  }
  const statement = { programId: file.programId, signals: file.signals, purpose };
  const record = await findRecord(toolbox, file, statement);
  const event = Receipt.recordedEvent({ statement, verifyingKey, record });
  const { store, journal, signer } = session;
  await store.transaction(journal.tenant, (tx) => appendNew(tx, journal, { events: [event], timeMs: Date.now() }));
  const { note, entries } = await proveEntries(session, { statementId });
  const receipt: Receipt = {
    ...{ statement, proof: file.proof, verifyingKey, record },
    journal: { key: signer.key, checkpoint: note, entries },
  };
  checkReceipt(receipt, signer.key);
  return receipt;
}

async function findRecord(toolbox: Toolbox, file: ProofFile, statement: Receipt['statement']): Promise<ReceiptRecord> {
  const { config } = toolbox;
  const { purpose } = statement;
  const { chain } = await connectChain(toolbox);
  const path = deploymentPath({ root: config.root, dataDir: config.dataDir, chainId: chain.chainId });
  const deployment = await openDeployment(chain, path);
  const ledger = deployment.contracts.computeLedger.address;
  if (purpose.chainId !== chain.chainId || purpose.contract !== ledger) {
    throw new ArtifactMismatchError(`proof ${file.id} is for another ledger`, { at: purpose.contract });
  }
  await requireRecorded(chain, deployment, { statement, confirmations: 0 });
  const { records } = await readRecords(chain, deployment);
  const position = records.findIndex(({ statementId }) => statementId === Statement.id(statement));
  const row = records[position];
  if (!row) throw new InternalError('a recorded statement has no row', { at: Statement.id(statement) });
  if (row.keyId !== file.keyId) {
    throw new ArtifactMismatchError('the statement was recorded with another key than this proof has', {
      at: row.keyId,
      remedy: 'make the receipt from the proof that was submitted',
    });
  }
  const previousHead = records[position - 1]?.head ?? RecordChain.genesis({ chainId: chain.chainId, ledger });
  const { index, sequence, head, block, blockHash, transaction, logIndex } = row;
  return { genesis: chain.genesis, previousHead, head, index, sequence, block, blockHash, transaction, logIndex };
}
