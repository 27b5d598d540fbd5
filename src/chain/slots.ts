/**
 * @module At most so many of something at once, first come, first served. One slot makes a queue.
 */
export type Slots = <T>(action: () => Promise<T>) => Promise<T>;

/** Runs each action that it is given when one of `count` slots is free, in the order in which they were given. */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (action) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await action();
    } finally {
      // The slot goes straight to the next in line, so nobody who comes later can slip in between.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
