import { describe, expect, test } from 'vitest';
import { createRecent } from '../../prover/recent.ts';
import { createSlots } from '../../prover/slots.ts';
import { QueueFullError } from '../../src/errors.ts';

const never = new AbortController().signal;

describe('createSlots', () => {
  test('default: as many as there are, then in order of arrival', async () => {
    const slots = createSlots({ count: 2, waitingMax: 3 });
    const releases = [await slots.take(never), await slots.take(never)];
    const order: number[] = [];
    const waiting = [0, 1, 2].map(async (i) => {
      const release = await slots.take(never);
      order.push(i);
      release();
    });
    expect(slots.stats()).toEqual({ taken: 2, waiting: 3 });
    await expect(slots.take(never)).rejects.toThrow(QueueFullError);
    for (const release of releases) release();
    await Promise.all(waiting);
    expect(order).toEqual([0, 1, 2]);
    expect(slots.stats()).toEqual({ taken: 0, waiting: 0 });
  });

  test('behavior: releasing twice frees once', async () => {
    const slots = createSlots({ count: 1, waitingMax: 1 });
    const release = await slots.take(never);
    release();
    release();
    await slots.take(never);
    expect(slots.stats()).toEqual({ taken: 1, waiting: 0 });
  });

  test('behavior: who gives up leaves the queue, and the others keep their order', async () => {
    const slots = createSlots({ count: 1, waitingMax: 2 });
    const release = await slots.take(never);
    const controller = new AbortController();
    const leaving = slots.take(controller.signal);
    const staying = slots.take(never);
    controller.abort(new RangeError('gone'));
    await expect(leaving).rejects.toThrow(RangeError);
    expect(slots.stats()).toEqual({ taken: 1, waiting: 1 });
    release();
    (await staying)();
    expect(slots.stats()).toEqual({ taken: 0, waiting: 0 });
  });
});

describe('createRecent', () => {
  test('default: keeps the latest, gives up the one used longest ago', async () => {
    const released: string[] = [];
    const loaded: string[] = [];
    const recent = createRecent<string>({
      max: 2,
      release: async (value) => {
        released.push(value);
      },
    });
    const get = (id: string) =>
      recent.get(id, async () => {
        loaded.push(id);
        return id.toUpperCase();
      });
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) expect(await get(id)).toBe(id.toUpperCase());
    expect(loaded).toEqual(['a', 'b', 'c', 'b']);
    expect(released).toEqual(['B', 'C']);
    await recent.clear();
    expect(released.toSorted()).toEqual(['A', 'B', 'B', 'C']);
  });

  test('behavior: two calls share one load; a failed one is tried again', async () => {
    const recent = createRecent<number>({ max: 1 });
    let loads = 0;
    const load = async () => {
      if (++loads === 1) throw new Error('first');
      return loads;
    };
    const both = await Promise.allSettled([recent.get('x', load), recent.get('x', load)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await Promise.all([recent.get('x', load), recent.get('x', load)])).toEqual([2, 2]);
    expect(loads).toBe(2);
  });
});
