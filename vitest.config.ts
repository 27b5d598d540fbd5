import { defineConfig } from 'vitest/config';

const slow = process.env.TALLY_TESTS === 'slow';

export default defineConfig({
  test: {
    pool: 'forks',
    // Two forks: the suite starts chains and provers of its own, and machines with two cores are the floor.
    maxWorkers: 2,
    include: slow ? ['test/**/*.slow.test.ts'] : ['test/**/*.test.ts'],
    exclude: slow ? [] : ['test/**/*.slow.test.ts'],
    testTimeout: slow ? 1_200_000 : 60_000,
    hookTimeout: slow ? 1_200_000 : 120_000,
  },
});
