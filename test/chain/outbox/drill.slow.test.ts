import { test } from 'vitest';
import { drill } from './drill.ts';
import { useOutboxWorld } from './world.ts';

const world = useOutboxWorld();

test('S1 S2 S3 S5 S6 S8 O7 200 submissions, base fee × 20, three reorgs, two of three endpoints failing', async () => {
  await drill(world, 200);
}, 1_800_000);
