import { advanceWindow } from '../chain/advanceWindow.ts';
import { closeWindow } from '../chain/closeWindow.ts';
import type { Deployment } from '../chain/deployment.ts';
import { disclosePositions } from '../chain/disclosePositions.ts';
import { openWindow } from '../chain/openWindow.ts';
import type { Outcome } from '../chain/outcome.ts';
import { readWindow } from '../chain/readWindow.ts';
import { setTime } from '../chain/setTime.ts';
import type { Hex } from '../model/Hex.ts';
import type { Positions } from '../model/Positions.ts';
import type { ProofFile } from '../model/ProofFile.ts';
import { journalWindow } from './journalWindow.ts';
import type { ChainSession } from './openChain.ts';
import type { JournalSession } from './openJournal.ts';
import type { PlannedWindow } from './planWindows.ts';
import { requireGoingOn, type Toolbox } from './toolbox.ts';

export type RecordWindowOptions = {
  readonly deployment: Deployment;
  readonly stream: number;
  readonly beneficiary: Hex;
  readonly planned: PlannedWindow;
  /** Of the chunks, in order. */
  readonly advances: readonly ProofFile[];
  readonly disclosure: ProofFile;
  /** Whose head is anchored with every advance and with the close. */
  readonly journal?: JournalSession | undefined;
};

export type RecordedWindow = {
  /** As the chain has disclosed them. */
  readonly positions: Positions;
  /** Statements that the ledger accepted: chunks and the disclosure. */
  readonly records: number;
  /** Gas of the advances, and of opening, closing and disclosing; of what was sent now. */
  readonly gas: { readonly advances: bigint; readonly rest: bigint };
  /** Whether nothing had to be sent. */
  readonly adopted: boolean;
};

const daySec = 86_400;
/** How long after its last day a window can be advanced. */
const commitSec = daySec;

/**
 * Takes a proven window onto the ledger: opens it, advances it chunk by chunk, closes it and discloses its positions.
 * What was done before is adopted, so an interrupted window goes on where it stopped.
 * @throws ContractRevertError, DeploymentError, DisclosureMismatchError and what sending a transaction throws
 */
export async function recordWindow(
  { onProgress, signal, traces }: Toolbox,
  session: ChainSession,
  { deployment, stream, beneficiary, planned, advances, disclosure, journal }: RecordWindowOptions,
): Promise<RecordedWindow> {
  const startMs = Date.now();
  const { chain, outbox } = session;
  const { number: window, book } = planned;
  const journaled = journalWindow(session, { deployment, stream, window, journal });
  const label = `record ${book.label}`;
  const steps = advances.length + 3;
  let done = 0;
  const step = async <T>(promise: Promise<T>): Promise<T> => {
    const result = await promise;
    requireGoingOn(signal);
    onProgress({ label, done: ++done, total: steps });
    return result;
  };
  requireGoingOn(signal);
  onProgress({ label, done, total: steps });
  const opened = await step(open(session, { deployment, stream, planned }));
  if (session.isEmbedded && opened.inTime) await setTime(chain, (book.dateTo + 1) * daySec);
  const opening = await journaled.opened();
  const advanced = await Promise.all(
    advances.map(({ programId, signals, keyId, proof }) =>
      step(
        advanceWindow(outbox, deployment, {
          stream,
          window,
          beneficiary,
          keyId,
          proof,
          statement: { programId, signals },
          checkpoint: opening,
        }),
      ),
    ),
  );
  const checkpoint = await journaled.advanced(advances);
  const closed = await step(closeWindow(outbox, deployment, { stream, window, checkpoint }));
  const { programId, signals, keyId, proof } = disclosure;
  const statement = { programId, signals };
  const disclosed = await step(
    disclosePositions(outbox, deployment, { stream, window, beneficiary, keyId, proof, statement }),
  );
  await journaled.disclosed(disclosure);
  for (const { statementId } of [...advances, disclosure]) {
    const attributes = { 'tally.chain': chain.chainId, 'tally.stream': stream, 'tally.window': window };
    traces?.add({ statementId, name: 'submission', startMs, endMs: Date.now(), attributes });
  }
  const found = await readWindow(chain, deployment, { stream, window });
  const others = [opened.outcome, closed, disclosed];
  const gas = { advances: sumGas(advanced), rest: sumGas(others) };
  const adopted = [...advanced, ...others].every((outcome) => outcome.adopted);
  onProgress({
    label,
    finished: true,
    note: adopted ? 'already there' : `${(gas.advances + gas.rest).toLocaleString('en')} gas`,
  });
  return { positions: found.positions ?? [], records: advances.length + 1, gas, adopted };
}

/** Opens the window for its days and a day after, unless it is open with a deadline of its own. */
async function open(
  { chain, outbox, isEmbedded }: ChainSession,
  { deployment, stream, planned }: Pick<RecordWindowOptions, 'deployment' | 'stream' | 'planned'>,
): Promise<{ readonly outcome: Outcome; readonly inTime: boolean }> {
  const { number: window, book } = planned;
  const { dateFrom, dateTo } = book;
  const found = await readWindow(chain, deployment, { stream, window });
  if (found.state !== 'none') {
    const inTime = found.commitDeadline >= (dateTo + 1) * daySec;
    return { outcome: { adopted: true, sent: undefined }, inTime };
  }
  // The embedded chain's clock follows the data; elsewhere a window of the past is committed to as from now.
  const now = isEmbedded ? await setTime(chain, dateFrom * daySec) : Number((await chain.client.getBlock()).timestamp);
  const commitDeadline = Math.max(now, (dateTo + 1) * daySec) + commitSec;
  const outcome = await openWindow(outbox, deployment, { stream, window, dateFrom, dateTo, commitDeadline });
  return { outcome, inTime: true };
}

function sumGas(outcomes: readonly Outcome[]): bigint {
  return outcomes.reduce((sum, { adopted, sent }) => (adopted || !sent ? sum : sum + sent.gasUsed), 0n);
}
