import type { Hex } from '../model/Hex.ts';
import { noCheckpoint } from './advanceWindow.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { nettingLedger } from './generated/contracts.ts';
import { ask, lower } from './reading.ts';

/** A checkpoint's hash as the ledger has it, and the transaction that brought it. */
export type Anchor = { readonly checkpoint: Hex; readonly block: number; readonly transaction: Hex };

/** Public nodes refuse ranges over some thousands of blocks. */
const pageBlocks = 2_000;

/** Every checkpoint that was anchored with a window's advance or close, oldest first. @throws ChainUnavailableError */
export async function readAnchors(chain: Chain, deployment: Deployment): Promise<readonly Anchor[]> {
  const firstBlock = deployment.contracts.nettingLedger.block;
  const latest = Number(await ask('reading the latest block', chain.client.getBlockNumber()));
  const anchors: Anchor[] = [];
  for (let start = firstBlock; start <= latest; start += pageBlocks) {
    anchors.push(...(await readPage(chain, deployment, { start, end: Math.min(start + pageBlocks - 1, latest) })));
  }
  return anchors;
}

/** The newest checkpoint that an account has anchored, looked for from the latest block back. @throws ChainUnavailableError */
export async function findLastAnchor(chain: Chain, deployment: Deployment, sender: Hex): Promise<Anchor | undefined> {
  const firstBlock = deployment.contracts.nettingLedger.block;
  const latest = Number(await ask('reading the latest block', chain.client.getBlockNumber()));
  for (let end = latest; end >= firstBlock; end -= pageBlocks) {
    const page = await readPage(chain, deployment, { start: Math.max(firstBlock, end - pageBlocks + 1), end });
    for (const anchor of page.toReversed()) {
      const { transaction: hash } = anchor;
      const { from } = await ask('reading who anchored', chain.client.getTransaction({ hash }));
      if (lower(from) === lower(sender)) return anchor;
    }
  }
  return undefined;
}

async function readPage(
  chain: Chain,
  { contracts }: Deployment,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<readonly Anchor[]> {
  const range = { fromBlock: BigInt(start), toBlock: BigInt(end) };
  const { address } = contracts.nettingLedger;
  const logs = await ask(
    `reading anchors of blocks ${start} to ${end}`,
    chain.client.getContractEvents({ address, abi: nettingLedger.abi, ...range, strict: true }),
  );
  return logs.flatMap((log): Anchor[] => {
    if (log.eventName !== 'WindowAdvanced' && log.eventName !== 'WindowClosed') return [];
    const { checkpoint } = log.args;
    if (checkpoint === noCheckpoint) return [];
    return [{ checkpoint, block: Number(log.blockNumber), transaction: log.transactionHash }];
  });
}
