/** @module The stored subtrees above a run of entries, each found at the entry that completed it. */
import type { Hash } from '../model/MerkleLog.ts';
import type { Tx } from '../store/store.ts';

/** No journal has 2^53 entries, so no subtree stands higher. */
const levelsMax = 53;

/** Reads the subtrees that entries [from, to) completed. `of` gives those of one entry, lowest first. */
export async function readSubtrees(
  tx: Tx,
  origin: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<{ readonly of: (index: number) => readonly Hash[] }> {
  const ranges = Array.from({ length: levelsMax }, (_, i) => {
    const width = 2 ** (i + 1);
    return { level: i + 1, first: BigInt(Math.floor(from / width)), end: BigInt(Math.floor(to / width)) };
  }).filter(({ first, end }) => first < end);
  const completed = new Map<number, Hash[]>();
  if (ranges.length > 0) {
    const rows = await tx
      .selectFrom('nodes')
      .select(['level', 'idx', 'hash'])
      .where('origin', '=', origin)
      .where((eb) =>
        eb.or(
          ranges.map(({ level, first, end }) =>
            eb.and([eb('level', '=', level), eb('idx', '>=', first), eb('idx', '<', end)]),
          ),
        ),
      )
      .orderBy('level')
      .execute();
    for (const { level, idx, hash } of rows) {
      const index = (Number(idx) + 1) * 2 ** level - 1;
      const above = completed.get(index) ?? [];
      // A gap below would make a subtree pass for a lower one.
      if (above.length === level - 1) above.push(hash);
      completed.set(index, above);
    }
  }
  return { of: (index) => completed.get(index) ?? [] };
}
