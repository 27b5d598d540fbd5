/** @module What is killed when: the same seed gives the same plan. */

/** Where a process is killed: at a step that it tells of, or so many milliseconds after its start. */
export type KillAt = { readonly step: string; readonly nth: number } | { readonly afterMs: number };

export type Kill =
  | { readonly victim: 'worker' | 'starter' | 'submitter'; readonly at: KillAt }
  | { readonly victim: 'database' | 'chain'; readonly afterMs: number };

const workerSteps = ['fetched', 'claimed', 'opened', 'proven', 'committing', 'accepted'];
const starterSteps = ['batch.written', 'batch.committed'];
const submitterSteps = ['intent', 'signed', 'broadcast', 'sent', 'included', 'final', 'committing'];
/** A transaction passes each step once; the later ones of a file are killed as well as the first. */
const nthMax = 20;

export function planKills(kills: number, seed: number): readonly Kill[] {
  const random = seeded(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  return Array.from({ length: kills }, (): Kill => {
    const kind = random();
    if (kind < 0.08) return { victim: 'database', afterMs: below(3_000) };
    if (kind < 0.14) return { victim: 'chain', afterMs: below(3_000) };
    if (kind < 0.22) return { victim: 'starter', at: { step: pick(starterSteps), nth: 1 } };
    if (kind < 0.3) return { victim: 'submitter', at: { afterMs: below(4_000) } };
    if (kind < 0.52) return { victim: 'submitter', at: { step: pick(submitterSteps), nth: 1 + below(nthMax) } };
    if (kind < 0.65) return { victim: 'worker', at: { afterMs: below(5_000) } };
    return { victim: 'worker', at: { step: pick(workerSteps), nth: 1 + below(3) } };
  });
}

/** How a kill is counted in the report. */
export function nameOf(kill: Kill): string {
  if (!('at' in kill)) return kill.victim;
  return `${kill.victim} at ${'step' in kill.at ? kill.at.step : 'random'}`;
}

/** Mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
