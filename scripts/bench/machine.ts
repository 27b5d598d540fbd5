/** @module The machine that the figures are of: without it they mean nothing. */
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

export type Machine = {
  readonly processor: string;
  /** Hardware threads that this process may use. */
  readonly processors: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Mean number of processes that wanted to run in the last 1, 5 and 15 minutes; zeros where the system keeps none. */
  readonly load: readonly number[];
};

/** More than this share of the processors taken by others before the start, and times mean little. */
const busyShare = 0.25;

/** What this machine is, and how busy it is now. */
export function readMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${arch()}`,
    node: process.versions.node,
    load: loadavg().map((value) => Math.round(value * 100) / 100),
  };
}

/** Whether others were at work when the machine was looked at. */
export function isBusy({ load, processors }: Machine): boolean {
  return (load[0] ?? 0) > busyShare * processors;
}
