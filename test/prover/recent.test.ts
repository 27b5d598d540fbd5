import { describe, expect, test } from 'vitest';
import { createRecent } from '../../prover/recent.ts';

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
