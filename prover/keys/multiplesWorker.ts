/** @module A thread of the set-up: takes batches of points, one after another, until none is left. */
import { workerData } from 'node:worker_threads';
import { batchPoints, createFixedBase, type FixedBase, type GroupName } from './fixedBase.ts';
import { createKernelBase } from './kernelBase.ts';
import type { WorkerTask } from './multiples.ts';

const { code, multiples, windowBits, counters, kernel } = workerData as WorkerTask;

const batches = multiples.flatMap((item) =>
  Array.from({ length: Math.ceil(item.count / batchPoints) }, (_, i) => ({ item, from: i * batchPoints })),
);
const tables = new Map<GroupName, FixedBase>();

for (let next = take(); next < batches.length; next = take()) {
  const { item, from } = batches[next] as (typeof batches)[number];
  const to = Math.min(item.count, from + batchPoints);
  tableOf(item.group).multiply(item.scalars, item.output, from, to);
  Atomics.add(counters, 1, to - from);
}

function take(): number {
  return Atomics.add(counters, 0, 1);
}

/** Built when the first batch needs it, so that a thread may do with one table. */
function tableOf(group: GroupName): FixedBase {
  const table = tables.get(group) ?? createTable(group);
  tables.set(group, table);
  return table;
}

function createTable(group: GroupName): FixedBase {
  if (kernel === undefined) return createFixedBase(code, group, windowBits[group]);
  return createKernelBase(kernel.backend, group, kernel.points[group]);
}
