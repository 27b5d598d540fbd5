/** @module How long to wait before something that failed is tried again: twice as long each time, up to a bound. */

export type BackoffOptions = { readonly firstMs: number; readonly maxMs: number };

export const Backoff = {
  /**
   * The pause after a number of failures, one or more.
   * @param random in [0, 1): spreads those that failed together over the second half of the pause
   * @example Backoff.pauseMs(3, { firstMs: 1000, maxMs: 60_000 }, 0) // 2000, half of 4000
   */
  pauseMs: (failures: number, { firstMs, maxMs }: BackoffOptions, random: number): number => {
    const whole = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
    return Math.round(whole / 2 + (whole / 2) * random);
  },
} as const;
