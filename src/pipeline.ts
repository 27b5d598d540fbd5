/**
 * @module The whole path on one screen: computation → circuit → keys → job → witness → proof → submission → record. Each
 * line is a step of `src/steps/`; a step is where the tools meet.
 */

import type { WindowBook } from './model/ObligationFile.ts';
import type { ProofFile } from './model/ProofFile.ts';
import { bookLate } from './steps/bookLate.ts';
import { checkPositions } from './steps/checkPositions.ts';
import { createNetStream } from './steps/createNetStream.ts';
import { sendVerified } from './steps/crossCheck.ts';
import { deploy } from './steps/deploy.ts';
import type { ChainSession } from './steps/openChain.ts';
import type { JournalSession } from './steps/openJournal.ts';
import { planStatements, type RawInput } from './steps/planStatements.ts';
import { planWindows } from './steps/planWindows.ts';
import { prepare } from './steps/prepare.ts';
import { prove, requireAll } from './steps/prove.ts';
import { type RecordedWindow, recordWindow } from './steps/recordWindow.ts';
import { register } from './steps/register.ts';
import { type Submitted, submit } from './steps/submit.ts';
import type { Toolbox } from './steps/toolbox.ts';
import { traceSubmissions } from './steps/traceJob.ts';

export type RecordRun = {
  readonly name: string;
  readonly size?: string | undefined;
  readonly inputs: readonly RawInput[];
  readonly stream: number;
  readonly window: number;
};

/** From inputs of any computation to rows of the ledger. */
export async function recordInputs(
  toolbox: Toolbox,
  session: ChainSession,
  run: RecordRun,
): Promise<readonly Submitted[]> {
  const { deployment } = await deploy(toolbox, session);
  const prepared = await prepare(toolbox, run); //            computation → circuit → keys
  await register(toolbox, session, { deployment, ...prepared });
  const beneficiary = session.outbox.address;
  const jobs = planStatements(prepared, { inputs: run.inputs, place: { deployment, ...run, beneficiary } }); //  → jobs
  const proofs = requireAll(await prove(toolbox, jobs)); //   → witnesses → proofs
  const findKey = async () => prepared.keys.verifyingKey;
  const startMs = Date.now();
  const options = { deployment, proofs, findKey };
  const send = () => submit(toolbox, session, options);
  const submitted = await sendVerified(toolbox, session, { ...options, send }); //  → submission → records
  traceSubmissions(toolbox.traces, submitted, { startMs, chainId: session.chain.chainId });
  return submitted;
}

export type NetRun = {
  readonly books: readonly WindowBook[];
  /** A number of the caller's, or the first that is free. */
  readonly stream: number | 'next';
  readonly size?: string | undefined;
  readonly threads?: number | undefined;
  /** Told of every window; its signed head is anchored with them. */
  readonly journal?: JournalSession | undefined;
};

export type NettedWindow = RecordedWindow & {
  readonly book: WindowBook;
  readonly proofs: readonly ProofFile[];
  /** Participants whose disclosed position equals plain arithmetic. */
  readonly checked: number;
};

export type NetResult = {
  readonly stream: number;
  readonly windows: readonly NettedWindow[];
  /** Time from the first job to the last proof, in milliseconds, and how many proofs had been made before. */
  readonly proving: { readonly wallMs: number; readonly found: number };
};

/** From obligations to disclosed net positions: every chunk of every window is proven before the first is recorded. */
export async function netWindows(toolbox: Toolbox, session: ChainSession, run: NetRun): Promise<NetResult> {
  const { deployment } = await deploy(toolbox, session);
  const netting = await prepare(toolbox, { name: 'netting', size: run.size });
  const disclosure = await prepare(toolbox, { name: 'disclosure', size: run.size });
  for (const prepared of [netting, disclosure]) await register(toolbox, session, { deployment, ...prepared });
  const place = await createNetStream(toolbox, session, { deployment, netting, disclosure, ...run });
  const books = await bookLate(toolbox, session, { deployment, place, books: run.books });
  const planned = await planWindows(toolbox, { books, netting, disclosure, place });
  const jobs = planned.flatMap((window) => [...window.advances, window.disclosure]);
  const batch = await prove(toolbox, jobs, { threads: run.threads });
  const proofs = requireAll(batch);
  const windows: NettedWindow[] = [];
  let next = 0;
  for (const window of planned) {
    const advances = proofs.slice(next, next + window.advances.length);
    const opening = proofs[next + window.advances.length] as ProofFile;
    next += window.advances.length + 1;
    const recorded = await recordWindow(toolbox, session, {
      ...{ deployment, stream: place.stream, beneficiary: place.beneficiary, planned: window },
      ...{ advances, disclosure: opening, journal: run.journal },
    });
    const checked = checkPositions(window.book, recorded.positions);
    windows.push({ ...recorded, book: window.book, proofs: [...advances, opening], checked });
  }
  return { stream: place.stream, windows, proving: batch };
}
