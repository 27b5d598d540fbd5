/** Lets this process believe that it is so much later, or earlier, than everybody else knows; until it is undone. */
export function shiftClock(byMs: number): () => void {
  const Real = globalThis.Date;
  const now = () => Real.now() + byMs;
  globalThis.Date = class extends Real {
    constructor(...words: unknown[]) {
      super(...((words.length === 0 ? [now()] : words) as [number]));
    }
    static override now = now;
  } as DateConstructor;
  return () => {
    globalThis.Date = Real;
  };
}
