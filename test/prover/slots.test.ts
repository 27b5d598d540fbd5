import { describe, expect, test } from 'vitest';
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
