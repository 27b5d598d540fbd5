import { createStream } from '../chain/createStream.ts';
import type { Deployment } from '../chain/deployment.ts';
import { readStream } from '../chain/readWindow.ts';
import { UsageError } from '../errors.ts';
import type { WindowBook } from '../model/ObligationFile.ts';
import type { ChainSession } from './openChain.ts';
import type { StreamPlace } from './planWindows.ts';
import type { Prepared } from './prepare.ts';
import type { Toolbox } from './toolbox.ts';

export type NetStreamOptions = {
  readonly deployment: Deployment;
  readonly netting: Prepared;
  readonly disclosure: Prepared;
  readonly books: readonly WindowBook[];
  /** A number of the caller's, or the first that is free. */
  readonly stream: number | 'next';
};

/**
 * Creates the stream that some windows belong to, or adopts it.
 * @throws UsageError when the windows are of several assets or there are none, DeploymentError
 */
export async function createNetStream(
  { onProgress }: Toolbox,
  { chain, outbox }: ChainSession,
  { deployment, netting, disclosure, books, stream: wanted }: NetStreamOptions,
): Promise<StreamPlace> {
  const assets = new Set(books.flatMap(({ obligations }) => obligations.map(({ asset }) => asset)));
  const [asset] = assets;
  if (asset === undefined) throw new UsageError('there are no obligations to net');
  if (assets.size > 1) throw new UsageError(`a stream has one asset, but these windows have ${assets.size}`);
  let stream = wanted === 'next' ? 1 : wanted;
  while (wanted === 'next' && (await readStream(chain, deployment, stream))) stream++;
  const { adopted } = await createStream(outbox, deployment, {
    ...{ stream, asset },
    nettingProgram: netting.circuit.programId,
    disclosureProgram: disclosure.circuit.programId,
  });
  onProgress({ label: `stream ${stream}`, finished: true, note: adopted ? 'already there' : `asset ${asset}` });
  const contract = deployment.contracts.nettingLedger.address;
  return { chainId: chain.chainId, contract, stream, beneficiary: outbox.address };
}
