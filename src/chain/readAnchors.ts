import type { Hex } from '../model/Hex.ts';
import { noCheckpoint } from './advanceWindow.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { nettingLedger } from './generated/contracts.ts';
import { ask } from './reading.ts';

/** A checkpoint's hash as the ledger has it, and the transaction that brought it. */
export type Anchor = { readonly checkpoint: Hex; readonly block: number; readonly transaction: Hex };

/** Public nodes refuse ranges over some thousands of blocks. */
const pageBlocks = 2_000;

/** Every checkpoint that was anchored with a window's advance or close, oldest first. @throws ChainUnavailableError */
export async function readAnchors(chain: Chain, { contracts }: Deployment): Promise<readonly Anchor[]> {
  const { address, block: firstBlock } = contracts.nettingLedger;
  const latest = Number(await ask('reading the latest block', chain.client.getBlockNumber()));
  const anchors: Anchor[] = [];
  for (let start = firstBlock; start <= latest; start += pageBlocks) {
    const range = { fromBlock: BigInt(start), toBlock: BigInt(Math.min(start + pageBlocks - 1, latest)) };
    const logs = await ask(
      `reading anchors of blocks ${range.fromBlock} to ${range.toBlock}`,
      chain.client.getContractEvents({ address, abi: nettingLedger.abi, ...range, strict: true }),
    );
    for (const log of logs) {
      if (log.eventName !== 'WindowAdvanced' && log.eventName !== 'WindowClosed') continue;
      const { checkpoint } = log.args;
      if (checkpoint === noCheckpoint) continue;
      anchors.push({ checkpoint, block: Number(log.blockNumber), transaction: log.transactionHash });
    }
  }
  return anchors;
}
