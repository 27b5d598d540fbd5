import { encodeFunctionData } from 'viem/utils';
import { DeploymentError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { requireKeyForChain } from '../model/KeyPolicy.ts';
import { VerifyingKey } from '../model/VerifyingKey.ts';
import type { Deployment } from './deployment.ts';
import { revertError } from './failure.ts';
import { programRegistry } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, type Outcome } from './outcome.ts';
import { keyClasses, readKey } from './readKey.ts';

export type KeyRegistration = {
  readonly programId: Hex;
  readonly verifyingKey: VerifyingKey;
  /** Public test networks on which development keys may be used. */
  readonly developmentChains?: readonly number[] | undefined;
};

/**
 * Adds a verifying key to a program, or adopts it when it is there. The registry examines the key itself.
 * @throws DevelopmentKeyError; DeploymentError when it is there as a key of another class; ContractForbiddenError when
 * it is frozen; what `Outbox.retry` throws
 */
export async function registerKey(
  outbox: Outbox,
  deployment: Deployment,
  { programId, verifyingKey, developmentChains }: KeyRegistration,
): Promise<Outcome & { readonly keyId: Hex }> {
  requireKeyForChain(verifyingKey.keyClass, outbox.chain.chainId, developmentChains);
  const { address } = deployment.contracts.programRegistry;
  const { abi } = programRegistry;
  const keyId = VerifyingKey.id(verifyingKey);
  const { keyClass } = verifyingKey;
  const what = `register key ${keyId}`;
  const found = await readKey(outbox.chain, deployment, keyId);
  if (found?.programId === programId) {
    if (found.keyClass !== keyClass) {
      throw new DeploymentError('the key is registered as one of another class', { at: keyId });
    }
    if (found.frozen) throw revertError({ name: 'FrozenKey', args: [keyId] }, { what, at: address });
    return { ...adoptedOutcome, keyId };
  }
  const args = [programId, keyClasses.indexOf(keyClass), VerifyingKey.toBytes(verifyingKey)] as const;
  const data = encodeFunctionData({ abi, functionName: 'registerKey', args });
  return { ...fromSent(await outbox.retry({ what, to: address, data })), keyId };
}
