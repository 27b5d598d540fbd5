import { verify } from '../../prover/verify.ts';
import type { Deployment } from '../chain/deployment.ts';
import { isRecorded } from '../chain/isRecorded.ts';
import type { Outbox } from '../chain/outbox.ts';
import { isRefusal } from '../chain/outcome.ts';
import type { RecordRow } from '../chain/readRecords.ts';
import { readSequence } from '../chain/readSequence.ts';
import { record } from '../chain/record.ts';
import { ArtifactMismatchError, UsageError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { requireKeyForChain } from '../model/KeyPolicy.ts';
import type { ProofFile, Purpose } from '../model/ProofFile.ts';
import type { VerifyingKey } from '../model/VerifyingKey.ts';
import type { ChainSession } from './openChain.ts';
import type { Toolbox } from './toolbox.ts';

export type Submitted = {
  readonly id: string;
  readonly statementId: Hex;
  readonly record: RecordRow;
  /** Whether the statement was on the ledger before. */
  readonly adopted: boolean;
  readonly gasUsed: bigint | undefined;
};

export type SubmitOptions = {
  readonly deployment: Deployment;
  readonly proofs: readonly ProofFile[];
  /** Finds the verifying key that a proof names. */
  readonly findKey: (keyId: Hex) => Promise<VerifyingKey>;
};

/**
 * Records proven statements on the ledger, each once: every proof is verified again before anything is sent, and a
 * statement that is recorded already is adopted. Of a statement with several proofs the first counts whose key is not frozen.
 * @throws ProofRejectedError, DevelopmentKeyError, UsageError, ArtifactMismatchError, ContractRevertError and what
 * sending a transaction throws
 */
export async function submit(
  { config, onProgress }: Toolbox,
  { chain, outbox }: ChainSession,
  { deployment, proofs, findKey }: SubmitOptions,
): Promise<readonly Submitted[]> {
  const label = 'submit';
  onProgress({ label, done: 0, total: proofs.length });
  for (const proof of proofs) {
    const key = await findKey(proof.keyId);
    requireKeyForChain(key.keyClass, chain.chainId, config.developmentChains);
    purposeFor(proof, deployment);
    await verify(key, proof.signals, proof.proof);
  }
  const sequences = await numberRecords(chain, deployment, proofs);
  let done = 0;
  // Proofs of one statement, under several keys perhaps, are one record.
  const proofsOf = Map.groupBy(proofs, ({ statementId }) => statementId);
  const recorded = new Map<Hex, ReturnType<typeof recordOne>>();
  const submitted = await Promise.all(
    proofs.map(async ({ id, statementId }, i): Promise<Submitted> => {
      const same = proofsOf.get(statementId) ?? [];
      const sequence = sequences[i] as bigint;
      const recording = recorded.get(statementId) ?? recordOne(outbox, deployment, { proofs: same, sequence });
      recorded.set(statementId, recording);
      const { record: row, adopted, sent } = await recording;
      onProgress({ label, done: ++done, total: proofs.length });
      return { id, statementId, record: row, adopted, gasUsed: sent?.gasUsed };
    }),
  );
  const adopted = submitted.filter((each) => each.adopted).length;
  onProgress({
    label,
    finished: true,
    note: `${submitted.length} records${adopted ? `, ${adopted} already there` : ''}`,
  });
  return submitted;
}

/** Records a statement with the first of its proofs, or, when that one's key was frozen meanwhile, with the next. */
async function recordOne(
  outbox: Outbox,
  deployment: Deployment,
  { proofs, sequence }: { readonly proofs: readonly ProofFile[]; readonly sequence: bigint },
): ReturnType<typeof record> {
  const [proof, ...others] = proofs as [ProofFile, ...ProofFile[]];
  const { programId, signals, keyId } = proof;
  const { stream, window, beneficiary } = purposeFor(proof, deployment);
  const submission = {
    statement: { programId, signals },
    keyId,
    stream,
    window,
    beneficiary,
    proof: proof.proof,
    sequence,
  };
  try {
    return await record(outbox, deployment, submission);
  } catch (error) {
    if (others.length === 0 || !isRefusal(error, 'FrozenKey')) throw error;
    return recordOne(outbox, deployment, { proofs: others, sequence });
  }
}

/** What the proof is for, when that is this ledger. */
function purposeFor({ id, purpose }: ProofFile, { chainId, contracts }: Deployment): Purpose {
  if (!purpose) {
    throw new UsageError(`proof ${id} does not say what its context was made of`, {
      remedy: 'prove again without a context in the input, so that it is made for the deployed ledger',
    });
  }
  if (purpose.chainId !== chainId || purpose.contract !== contracts.computeLedger.address) {
    throw new ArtifactMismatchError(`proof ${id} is for another ledger`, {
      at: purpose.contract,
      details: [
        `proof: chain ${purpose.chainId}, contract ${purpose.contract}`,
        `here: chain ${chainId}, contract ${contracts.computeLedger.address}`,
      ],
      remedy: 'prove again for this ledger',
    });
  }
  return purpose;
}

/**
 * The sequence that each proof's record will have: those that are new are numbered on from what the ledger has of their
 * program's stream; the number of one that is recorded already is not looked at. Stream 0 has no order.
 */
async function numberRecords(
  chain: ChainSession['chain'],
  deployment: Deployment,
  proofs: readonly ProofFile[],
): Promise<readonly bigint[]> {
  const next = new Map<string, bigint>();
  const seen = new Set<Hex>();
  const numbers: bigint[] = [];
  for (const { programId, statementId, purpose } of proofs) {
    const stream = purpose?.stream ?? 0;
    const key = `${programId}/${stream}`;
    const sequence = next.get(key) ?? (await readSequence(chain, deployment, { programId, stream }));
    numbers.push(sequence);
    // The same statement may stand in a file twice; it is recorded once.
    const isNew = stream !== 0 && !seen.has(statementId) && !(await isRecorded(chain, deployment, statementId));
    seen.add(statementId);
    next.set(key, isNew ? sequence + 1n : sequence);
  }
  return numbers;
}
