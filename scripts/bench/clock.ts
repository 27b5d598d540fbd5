/** @module How long something takes. */

/** Runs an action and gives its result with the time that it took. */
export async function timed<T>(action: () => T | Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const started = performance.now();
  const result = await action();
  return { result, ms: performance.now() - started };
}

/** The milliseconds of so many runs, one after the other. */
export async function repeat(times: number, action: (run: number) => unknown): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let run = 0; run < times; run++) samples.push((await timed(() => action(run))).ms);
  return samples;
}
