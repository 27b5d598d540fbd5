import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { nettingLedger } from './generated/contracts.ts';
import { ask } from './reading.ts';

/** A stream and a window of it, by their numbers. */
export type WindowPlace = { readonly stream: number; readonly window: number };

/** In the order of the contract's enumeration. */
const states = [
  'none',
  'open',
  'closed',
  'disclosed',
  'settling',
  'committed',
  'checked',
  'awaitingQuorum',
  'reconciled',
  'expired',
] as const;

export type ChainWindowState = (typeof states)[number];

/** A window as the ledger has it. */
export type ChainWindow = WindowPlace & {
  /** `none` for a window that was never opened. */
  readonly state: ChainWindowState;
  /** Days since 1970-01-01, both inclusive. */
  readonly dateFrom: number;
  readonly dateTo: number;
  /** Last second, in UTC seconds, in which it can be advanced. */
  readonly commitDeadline: number;
  /** The next chunk's first slot. */
  readonly next: number;
  readonly root: bigint;
  /** Commitment to the net positions. */
  readonly commitment: bigint;
  /** The net positions in units, once they are disclosed. */
  readonly positions: readonly bigint[] | undefined;
};

/** A window of a net stream, with its positions when they are disclosed. @throws ChainUnavailableError */
export async function readWindow(chain: Chain, { contracts }: Deployment, place: WindowPlace): Promise<ChainWindow> {
  const { address } = contracts.nettingLedger;
  const { abi } = nettingLedger;
  const { stream, window } = place;
  const args = [stream, window] as const;
  const what = `reading window ${window} of stream ${stream}`;
  const [found, positions] = await Promise.all([
    ask(what, chain.client.readContract({ address, abi, functionName: 'windowOf', args })),
    ask(what, chain.client.readContract({ address, abi, functionName: 'positionsOf', args })),
  ]);
  const { dateFrom, dateTo, root } = found;
  return {
    ...{ stream, window, dateFrom, dateTo, root },
    state: states[found.state] as ChainWindowState,
    commitDeadline: Number(found.commitDeadline),
    next: Number(found.next),
    commitment: found.positions,
    positions: positions.length > 0 ? positions : undefined,
  };
}

/** What a net stream is made of; nothing when there is none of this number. */
export type ChainStream = {
  readonly asset: number;
  readonly nettingProgram: Hex;
  readonly disclosureProgram: Hex;
  /** N, P and depth of its Netting circuit. */
  readonly batchSize: number;
  readonly participants: number;
  readonly depth: number;
  /** The highest window that was opened, and how many were. */
  readonly windowLast: number;
  readonly windowCount: number;
};

/** @throws ChainUnavailableError */
export async function readStream(
  chain: Chain,
  { contracts }: Deployment,
  stream: number,
): Promise<ChainStream | undefined> {
  const { address } = contracts.nettingLedger;
  const { abi } = nettingLedger;
  const found = await ask(
    `reading stream ${stream}`,
    chain.client.readContract({ address, abi, functionName: 'streamOf', args: [stream] }),
  );
  return found.participants === 0 ? undefined : found;
}
