/**
 * @module The queue in front of the workers: as many jobs run as there are threads, a bounded number waits in order of
 * arrival, and more are refused. It is ours rather than the pool library's because that one's order and bound do not
 * hold for tasks that can be cancelled.
 */
import { QueueFullError } from '../src/errors.ts';

export type Slots = {
  /**
   * Waits for a free slot. The slot is held until the function that comes back is called.
   * @throws QueueFullError at once when too many wait; the signal's reason when it is aborted first
   */
  readonly take: (signal: AbortSignal) => Promise<() => void>;
  readonly stats: () => { readonly taken: number; readonly waiting: number };
};

export function createSlots({ count, waitingMax }: { count: number; waitingMax: number }): Slots {
  const waiting: (() => void)[] = [];
  let taken = 0;

  const release = (): void => {
    const next = waiting.shift();
    if (next) next();
    else taken--;
  };

  const once = (): (() => void) => {
    let isHeld = true;
    return () => {
      if (isHeld) release();
      isHeld = false;
    };
  };

  const wait = (signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const grant = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(once());
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(grant), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(grant);
    });

  return {
    take: async (signal) => {
      signal.throwIfAborted();
      if (taken < count) {
        taken++;
        return once();
      }
      if (waiting.length < waitingMax) return wait(signal);
      throw new QueueFullError(`the prover's queue is full: ${waiting.length} jobs wait for ${count} threads`, {
        remedy: 'try again when jobs have finished',
      });
    },
    stats: () => ({ taken, waiting: waiting.length }),
  };
}
