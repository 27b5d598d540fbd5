/** @module Keeps the most recently used results of an expensive load, up to a bound. */

export type Recent<V> = {
  /** The value kept under an id, or the one that `load` gives; a failed load is forgotten. */
  readonly get: (id: string, load: () => Promise<V>) => Promise<V>;
  /** Gives up all values. */
  readonly clear: () => Promise<void>;
};

export type RecentOptions<V> = {
  readonly max: number;
  /** Called with each value that is given up. */
  readonly release?: (value: V) => Promise<void>;
};

/** Two calls for one id at the same time share one load. */
export function createRecent<V>({ max, release = async () => {} }: RecentOptions<V>): Recent<V> {
  // A Map iterates in the order of insertion: the first entry is the one used longest ago.
  const entries = new Map<string, Promise<V>>();
  const giveUp = async (id: string): Promise<void> => {
    const entry = entries.get(id);
    entries.delete(id);
    if (entry) await release(await entry);
  };
  return {
    get: async (id, load) => {
      const entry = entries.get(id) ?? load();
      entries.delete(id);
      entries.set(id, entry);
      try {
        const value = await entry;
        for (const oldest of [...entries.keys()].slice(0, -max)) await giveUp(oldest);
        return value;
      } catch (error) {
        if (entries.get(id) === entry) entries.delete(id);
        throw error;
      }
    },
    clear: async () => {
      for (const id of [...entries.keys()]) await giveUp(id);
    },
  };
}
