import { encodeFunctionData } from 'viem/utils';
import { DeploymentError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Deployment } from './deployment.ts';
import { nettingLedger } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, type Outcome } from './outcome.ts';
import { readStream } from './readWindow.ts';

export type StreamTerms = {
  readonly stream: number;
  /** The stream's number of the asset. */
  readonly asset: number;
  readonly nettingProgram: Hex;
  readonly disclosureProgram: Hex;
};

/**
 * Creates a net stream, or adopts it when it is there with the same terms.
 * @throws DeploymentError when it is there with others; what `Outbox.retry` throws
 */
export async function createStream(outbox: Outbox, deployment: Deployment, terms: StreamTerms): Promise<Outcome> {
  const { stream, asset, nettingProgram, disclosureProgram } = terms;
  const found = await readStream(outbox.chain, deployment, stream);
  if (found) {
    const same = found.nettingProgram === nettingProgram && found.disclosureProgram === disclosureProgram;
    if (same && found.asset === asset) return adoptedOutcome;
    throw new DeploymentError(`stream ${stream} exists with another asset or other programs`, {
      remedy: 'choose another number for the stream',
    });
  }
  const args = [stream, asset, nettingProgram, disclosureProgram] as const;
  const data = encodeFunctionData({ abi: nettingLedger.abi, functionName: 'createStream', args });
  const to = deployment.contracts.nettingLedger.address;
  return fromSent(await outbox.retry({ what: `create stream ${stream}`, to, data }));
}
