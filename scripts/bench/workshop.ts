/**
 * @module What the subjects of the benchmark share: a data folder of its own, empty at the start, so that every cache is
 * cold; the netting circuit with its keys, each made once and timed while it was made; and a batch of jobs.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../../src/config.ts';
import { generate } from '../../src/importers/generate.ts';
import { Draw } from '../../src/model/Draw.ts';
import type { Job } from '../../src/model/Job.ts';
import type { Keys } from '../../src/model/Keys.ts';
import type { WindowBook } from '../../src/model/ObligationFile.ts';
import { Window } from '../../src/model/Window.ts';
import { type Compiled, compile } from '../../src/steps/compile.ts';
import { makeKeys } from '../../src/steps/makeKeys.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { timed } from './clock.ts';
import type { Row } from './row.ts';

/** How much is measured. */
export type Scale = {
  /** Of the settlement circuits. */
  readonly size: 'real' | 'tiny';
  /** How often the batch is proven with one worker and with two. */
  readonly pairs: number;
  /** Proofs in a batch. */
  readonly batch: number;
  /** Runs of what takes milliseconds. */
  readonly repeats: number;
  /** Whether the figures are held against what the project wants; tiny circuits are not what it wants fast. */
  readonly hasReach: boolean;
};

/** A subject of the benchmark: measures and returns its figures. */
export type Subject = (workshop: Workshop) => Promise<readonly Row[]>;

export type Workshop = {
  /** Its data folder is temporary. */
  readonly toolbox: Toolbox;
  /** The same without progress, for what is done again and again. */
  readonly quietly: Toolbox;
  readonly scale: Scale;
  /** The netting circuit, compiled into the empty cache at the first call. */
  readonly netting: () => Promise<Compiled & { readonly coldMs: number }>;
  /** Its development keys, made at the first call. */
  readonly keys: () => Promise<{ readonly keys: Keys; readonly coldMs: number }>;
  /** Notes that something was not measured, and why. */
  readonly leaveOut: (what: string) => void;
  /** A batch of chunks of one window. */
  readonly jobs: () => Promise<readonly [Job, ...Job[]]>;
};

export type WorkshopOptions = Pick<Workshop, 'scale' | 'leaveOut'> & { readonly dataDir: string };

/** Sets up for a run; nothing is compiled yet. */
export function createWorkshop(given: Toolbox, { dataDir, scale, leaveOut }: WorkshopOptions): Workshop {
  const config: Config = {
    ...given.config,
    dataDir,
    // The chain that gas is measured on is the embedded one, and it is the benchmark's own.
    chain: { ...given.config.chain, rpcUrls: [], chainId: undefined, operatorKeyFile: undefined },
  };
  const toolbox: Toolbox = { ...given, config };
  const netting = once(async () => {
    const { result, ms } = await timed(() => compile(toolbox, { name: 'netting', size: scale.size }));
    return { ...result, coldMs: ms };
  });
  const keys = once(async () => {
    const { circuit } = await netting();
    const { result, ms } = await timed(() => makeKeys(toolbox, circuit));
    return { keys: result, coldMs: ms };
  });
  const jobs = once(async () => planJobs(await netting(), (await keys()).keys, scale.batch));
  return { toolbox, quietly: { ...toolbox, onProgress: () => {} }, scale, leaveOut, netting, keys, jobs };
}

/**
 * One window of synthetic obligations that fills so many chunks of a netting circuit; the same at every call.
 * @throws ImportError when a count is out of range
 */
export function generateBook({ circuit }: Compiled, chunks: number): WindowBook {
  const { N, P } = circuit.parameters as { readonly N: number; readonly P: number };
  const { windows } = generate({
    seed: publicSeed,
    windows: 1,
    obligationsPerWindow: N * chunks,
    participants: Math.min(participantsMax, P),
    asset: korunaNumber,
  });
  return windows[0] as WindowBook;
}

/** Nothing here is secret: every run measures the same obligations with the same salts. */
const publicSeed = new Uint8Array(createHash('sha256').update('tallystick benchmark').digest());
/** As in the bank data that the obligations are like. */
const participantsMax = 14;
const korunaNumber = 203;

function planJobs(netting: Compiled, keys: Keys, batch: number): readonly [Job, ...Job[]] {
  const { circuit } = netting;
  const window = { ...generateBook(netting, batch), asset: korunaNumber };
  const { chunks } = Window.plan(window, { parameters: circuit.parameters, draw: Draw.fromSeed(publicSeed) });
  // No contract looks at these proofs, so their context names none.
  const jobs = chunks.map(
    (chunk, i): Job => ({ id: `chunk ${i + 1}`, circuit, keys, input: { context: 0n, ...chunk } }),
  );
  return jobs as [Job, ...Job[]];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
