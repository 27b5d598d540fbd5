import { verifyWithSnarkjs } from '../../prover/secondOpinion.ts';
import { verify } from '../../prover/verify.ts';
import type { Deployment } from '../chain/deployment.ts';
import { verifyOnChain } from '../chain/verifyOnChain.ts';
import { ContractRevertError, ProofRejectedError, VerifiersDisagreeError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { ProofFile } from '../model/ProofFile.ts';
import type { VerifyingKey } from '../model/VerifyingKey.ts';
import { halt } from './halt.ts';
import type { ChainSession } from './openChain.ts';
import type { Toolbox } from './toolbox.ts';

/** Whether each of three verifiers that share no code accepts a proof. */
export type Verdicts = { readonly own: boolean; readonly snarkjs: boolean; readonly chain: boolean };

export type CrossCheckOptions = {
  readonly deployment: Deployment;
  readonly proofs: readonly ProofFile[];
  readonly findKey: (keyId: Hex) => Promise<VerifyingKey>;
};

/**
 * Asks our own verifier, snarkjs and the contracts of each proof. When they do not agree everything is halted, with the
 * proof and the verdicts as evidence.
 * @returns whether the proofs hold, in their order
 * @throws VerifiersDisagreeError, ContractForbiddenError, ChainUnavailableError and what `findKey` throws
 */
export async function crossCheck(
  { config, onProgress }: Toolbox,
  { chain }: ChainSession,
  { deployment, proofs, findKey }: CrossCheckOptions,
): Promise<readonly boolean[]> {
  const holds: boolean[] = [];
  for (const file of proofs) {
    const { programId, keyId, signals, proof } = file;
    const key = await findKey(keyId);
    const verdicts: Verdicts = {
      own: await verify(key, signals, proof).then(() => true, refusal),
      snarkjs: await verifyWithSnarkjs(key, signals, proof),
      chain: await verifyOnChain(chain, deployment, { statement: { programId, signals }, keyId, proof }),
    };
    if (new Set(Object.values(verdicts)).size > 1) {
      await halt(config, { verdicts, chainId: chain.chainId, proof: ProofFile.toJson(file) });
      throw new VerifiersDisagreeError(`verifiers disagree about the proof of statement ${file.statementId}`, {
        at: file.statementId,
        details: Object.entries(verdicts).map(([name, accepts]) => `${name}: ${accepts ? 'accepts' : 'refuses'}`),
        remedy: 'everything is halted; report it, and see the file halted.json in the data folder',
      });
    }
    holds.push(verdicts.own);
    onProgress({ label: 'cross-check', done: holds.length, total: proofs.length });
  }
  return holds;
}

/**
 * Sends proofs that our own verifier has accepted. A contract that refuses one as false contradicts it: then all three
 * verifiers are asked.
 * @throws VerifiersDisagreeError, and whatever `send` throws
 */
export async function sendVerified<T>(
  toolbox: Toolbox,
  session: ChainSession,
  options: CrossCheckOptions & { readonly send: () => Promise<T> },
): Promise<T> {
  try {
    return await options.send();
  } catch (error) {
    if (error instanceof ContractRevertError && error.reason.name === 'ProofRejected') {
      await crossCheck(toolbox, session, options);
    }
    throw error;
  }
}

function refusal(error: unknown): false {
  if (error instanceof ProofRejectedError) return false;
  throw error;
}
