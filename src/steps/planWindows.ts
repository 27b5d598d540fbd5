import { Draw } from '../model/Draw.ts';
import { Hex } from '../model/Hex.ts';
import { Obligation } from '../model/Obligation.ts';
import { ObligationFile, type WindowBook } from '../model/ObligationFile.ts';
import type { Purpose } from '../model/ProofFile.ts';
import { Statement } from '../model/Statement.ts';
import { Window, type WindowPlan } from '../model/Window.ts';
import type { Prepared } from './prepare.ts';
import type { PurposedJob } from './prove.ts';
import { secretSeed } from './secretSeed.ts';
import type { Toolbox } from './toolbox.ts';

/** The ledger's stream that the windows belong to. */
export type StreamPlace = {
  readonly chainId: number;
  /** The NettingLedger. */
  readonly contract: Hex;
  readonly stream: number;
  readonly beneficiary: Hex;
};

export type PlannedWindow = {
  readonly book: WindowBook;
  /** The window's number on chain. */
  readonly number: number;
  readonly plan: WindowPlan;
  /** A job for each chunk, in order; they can be proven in any. */
  readonly advances: readonly PurposedJob[];
  readonly disclosure: PurposedJob;
};

export type PlanOptions = {
  readonly books: readonly WindowBook[];
  readonly netting: Prepared;
  readonly disclosure: Prepared;
  readonly place: StreamPlace;
};

/**
 * Works out every state of every window, so that all their chunks can be proven at the same time. The salts come from
 * a seed per window that stays in the data folder: planning the same window again gives the same statements.
 * @throws WindowError, ObligationError
 */
export async function planWindows(
  { config, onProgress }: Toolbox,
  { books, netting, disclosure, place }: PlanOptions,
): Promise<readonly PlannedWindow[]> {
  const label = 'net';
  const planned: PlannedWindow[] = [];
  for (const book of books) {
    onProgress({ label, done: planned.length, total: books.length });
    const number = ObligationFile.windowNumber(book.label);
    const draw = Draw.fromSeed(await secretSeed(config.dataDir, seedName(book, { ...place, window: number })));
    const asset = book.obligations[0]?.asset ?? 0;
    const plan = Window.plan({ ...book, asset }, { parameters: netting.circuit.parameters, draw });
    const toJob = ({ circuit, keys }: Prepared, id: string, values: object): PurposedJob => {
      const purpose: Purpose = { ...place, window: number };
      const context = Statement.context({ ...purpose, programId: circuit.programId });
      return { id, circuit, keys, purpose, input: { context, ...values } };
    };
    planned.push({
      book,
      number,
      plan,
      advances: plan.chunks.map((chunk, i) => toJob(netting, `${book.label} chunk ${i + 1}`, chunk)),
      disclosure: toJob(disclosure, `${book.label} disclosure`, Window.disclosure(plan)),
    });
  }
  const chunks = planned.reduce((sum, { advances }) => sum + advances.length, 0);
  onProgress({ label, finished: true, note: `${books.length} windows, ${chunks} chunks` });
  return planned;
}

/** Other obligations get another seed, so that no salt ever hides two different things. */
function seedName({ obligations }: WindowBook, { chainId, contract, stream, window }: Purpose): string {
  const words = obligations.flatMap((obligation) => [Obligation.word(obligation), obligation.reference]);
  return [
    `window-${chainId}`,
    contract.slice(2, 10),
    stream,
    window,
    Hex.keccak256(Hex.words(words)).slice(2, 18),
  ].join('-');
}
