import { defineConfig } from 'vitest/config';

// unit: pure, no root, no system packages. protocol: real clients and namespaces. e2e: machines.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/**/*.protocol.test.ts', 'test/**/*.system.test.ts'],
          // Modules are loaded once for each thread instead of once for each file: a quarter of the time.
          pool: 'threads',
          isolate: false,
          // A machine that is busy with other work is no failure.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.protocol.test.ts', 'test/**/*.system.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
          bail: 1,
        },
      },
    ],
  },
});
