import type { Deployment } from '../chain/deployment.ts';
import { readWindow } from '../chain/readWindow.ts';
import type { Hex } from '../model/Hex.ts';
import type { ProofFile } from '../model/ProofFile.ts';
import { WindowEvents } from '../model/WindowEvents.ts';
import { enterEvents } from './enterEvents.ts';
import type { ChainSession } from './openChain.ts';
import type { JournalSession } from './openJournal.ts';

/** Tells the journal of a window's life. What is given back is the hash of a signed head, to be anchored. */
export type WindowJournal = {
  readonly opened: () => Promise<Hex | undefined>;
  readonly advanced: (proofs: readonly ProofFile[]) => Promise<Hex | undefined>;
  /** Closed and disclosed: nothing is anchored after that. */
  readonly disclosed: (proof: ProofFile) => Promise<void>;
};

export type WindowJournalOptions = {
  readonly deployment: Deployment;
  readonly stream: number;
  readonly window: number;
  /** Without one nothing is told and nothing anchored. */
  readonly journal: JournalSession | undefined;
};

/** @throws JournalTruncatedError, JournalForkError and the others that signing the journal throws */
export function journalWindow({ chain }: ChainSession, options: WindowJournalOptions): WindowJournal {
  const { deployment, stream, window, journal } = options;
  const ledger = deployment.contracts.nettingLedger.address;
  const place = { chainId: chain.chainId, ledger, stream, window };
  const read = () => readWindow(chain, deployment, { stream, window });
  return {
    opened: async () => journal && enterEvents(journal, [WindowEvents.opened(place, await read())]),
    advanced: async (proofs) => {
      const events = proofs.map((proof) => WindowEvents.advanced(place, proof));
      return journal && enterEvents(journal, events);
    },
    disclosed: async ({ statementId }) => {
      if (!journal) return;
      await enterEvents(journal, [
        WindowEvents.closed(place, await read()),
        WindowEvents.disclosed(place, statementId),
      ]);
    },
  };
}
