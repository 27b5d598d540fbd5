import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readMachine } from '../../scripts/bench/machine.ts';
import { toJson, toText } from '../../scripts/bench/report.ts';
import { Row } from '../../scripts/bench/row.ts';
import type { Counts } from '../../scripts/generate/constraints.ts';
import { InternalError } from '../../src/errors.ts';

const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));
const counts: Counts = JSON.parse(await readFile(new URL('../../circuits/constraints.json', import.meta.url), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'tally-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function bench(...words: string[]) {
  const env = { ...process.env, TMPDIR: folder, NO_COLOR: '1' };
  return spawnSync(process.execPath, [script, ...words], { env, encoding: 'utf8' });
}

const speedUp: Row = { name: 'speed-up', unit: 'ratio', samples: [1.9, 1.2, 1.8], reach: { atLeast: 1.7 } };
const cost: Row = { name: 'record', unit: 'gas', samples: [270_001, 270_002], reach: { atMost: 270_000 } };

describe('Row', () => {
  test('default', () => {
    expect(Row.median(speedUp)).toBe(1.8);
    expect(Row.median(cost)).toBe(270_001.5);
    expect(Row.check(speedUp)).toBe(speedUp);
  });

  test('behavior: a reach is held against the median', () => {
    expect(Row.isReached(speedUp)).toBe(true);
    expect(Row.isReached(cost)).toBe(false);
    expect(Row.isReached({ name: 'deploy', unit: 'gas', samples: [30_000] })).toBeUndefined();
  });

  test.each([
    ['no sample', 'ms', []],
    ['no time at all', 'ms', [1, 0]],
    ['not a number', 'ratio', [Number.NaN]],
    ['a division by nothing', 'ratio', [Number.POSITIVE_INFINITY]],
    ['less gas than an empty transaction', 'gas', [20_999]],
  ] as const)('error: %s', (_, unit, samples) => {
    expect(() => Row.check({ name: 'impossible', unit, samples })).toThrow(InternalError);
  });
});

describe('report', () => {
  const report = {
    startedAt: new Date(0),
    machine: { ...readMachine(), load: [100, 100, 100] },
    loadAfter: [1, 1, 1],
    engine: 'snarkjs',
    scale: { size: 'tiny', pairs: 3, batch: 2, repeats: 1, hasReach: true },
    leftOut: ['wasm: does not run here'],
    subjects: [
      { name: 'prove', rows: [speedUp] },
      { name: 'gas', rows: [cost] },
    ],
  } as const;

  test('default', () => {
    const text = toText(report);
    expect(text).toMatch(/speed-up +1\.80 +× +1\.20 +1\.90 +3 .*≥ 1\.70 reached/);
    expect(text).toMatch(/record +270,002 +gas .*≤ 270,000 missed/);
    expect(text).toContain(readMachine().processor);
    expect(text).toContain('left out: wasm: does not run here');
  });

  test('behavior: a busy machine is told of', () => {
    expect(toText(report)).toContain('The machine was busy');
    expect(toText({ ...report, machine: { ...report.machine, load: [0, 0, 0] } })).not.toContain('busy');
  });

  test('behavior: the JSON has every sample', () => {
    const { rows } = toJson(report);
    expect(rows.map(({ subject, samples, isReached }) => [subject, samples, isReached])).toEqual([
      ['prove', speedUp.samples, true],
      ['gas', cost.samples, false],
    ]);
  });
});

describe('npm run bench', () => {
  test('default: one subject at the tiny size', () => {
    const { status, stdout, stderr } = bench('--smoke', '--json', '--only', 'compile');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { version, machine, scale, rows } = JSON.parse(stdout);
    expect([version, scale.size, machine.node]).toEqual([1, 'tiny', process.versions.node]);
    expect(new Set(rows.map(({ subject }: { subject: string }) => subject))).toEqual(new Set(['compile']));
    for (const row of rows) {
      expect(row.circuit.constraints).toBe(counts.netting?.tiny?.constraints);
      expect(row.median).toBeGreaterThan(0);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['an unknown subject', ['--only', 'speed']],
    ['an unknown option', ['--fast']],
    ['no pair at all', ['--pairs', '0']],
  ])('error: %s', (_, words) => {
    const { status, stdout, stderr } = bench(...words);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('    at ');
  });
});
