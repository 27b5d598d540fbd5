/** Wakes all who wait, when something has happened that they may be waiting for. */
export type Bell = {
  readonly ring: () => void;
  /** Comes back at the next ring, or after a time; without one it does not keep a process alive. */
  readonly next: (timeoutMs?: number) => Promise<void>;
};

export function createBell(): Bell {
  const waiting = new Set<() => void>();
  return {
    ring: () => {
      for (const wake of [...waiting]) wake();
    },
    next: (timeoutMs) =>
      new Promise((resolve) => {
        const timer = timeoutMs === undefined ? undefined : setTimeout(() => wake(), timeoutMs);
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      }),
  };
}
