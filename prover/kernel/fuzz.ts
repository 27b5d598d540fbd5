/**
 * @module Fuzzes the kernel's readers for `--seconds N` (30 by default) with libFuzzer under AddressSanitizer and
 * UndefinedBehaviorSanitizer, starting from tiny sound inputs. Needs clang with its runtimes, as Debian's clang-19 and
 * libclang-rt-19-dev have them. Exit codes: 0 nothing was found, 1 something was, 2 a wrong argument, 3 there is no such
 * compiler. What is found is written to `.tally/fuzz`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Field } from '../../src/model/Field.ts';
import { knownQuestion } from '../engines/knownAnswer.ts';

const sources = dirname(fileURLToPath(import.meta.url));
const findings = join(sources, '../../.tally/fuzz');
const sanitizers = ['-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=undefined'];
/** Forced inlining would keep the compiler busy for minutes. */
const flags = ['-std=c++17', '-O1', '-g1', '-fno-exceptions', '-fno-rtti', '-DKERNEL_INLINE=inline'];
/** One input may take so long, in seconds. */
const timeout = 20;

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' } } });
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 1) {
    console.error('kernel:fuzz takes --seconds and a whole number');
    return 2;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'kernel-fuzz-'));
  try {
    const target = build(scratch);
    if (!target) {
      console.error('fuzzing: not run, since there is no clang with libFuzzer (Debian: clang-19, libclang-rt-19-dev)');
      return 3;
    }
    const corpus = writeSeeds(join(scratch, 'corpus'));
    mkdirSync(findings, { recursive: true });
    const { status } = spawnSync(
      target,
      [
        corpus,
        `-max_total_time=${seconds}`,
        `-timeout=${timeout}`,
        '-max_len=65536',
        '-rss_limit_mb=1024',
        '-print_final_stats=1',
        `-artifact_prefix=${findings}/`,
      ],
      { stdio: 'inherit' },
    );
    console.log(status === 0 ? `fuzzing: nothing found in ${seconds} s` : `fuzzing: see ${findings}`);
    return status === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The program, or nothing where the compiler has no libFuzzer. @throws Error when the target does not compile */
function build(scratch: string): string | undefined {
  const empty = join(scratch, 'empty.cpp');
  writeFileSync(empty, 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n');
  const output = join(scratch, 'readers');
  const compile = (compiler: string, files: readonly string[]) =>
    spawnSync(compiler, [...flags, ...sanitizers, '-o', output, ...files], { cwd: sources, encoding: 'utf8' });
  const compiler = ['clang++-19', 'clang++'].find((each) => compile(each, [empty]).status === 0);
  if (!compiler) return undefined;
  const { status, stderr } = compile(compiler, ['fuzz/readers.cpp', 'backends/generic.cpp']);
  if (status !== 0) throw new Error(`${compiler} could not compile the target:\n${stderr}`);
  return output;
}

/** One sound input of each kind that `fuzz/readers.cpp` reads. */
function writeSeeds(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const { zkey, witness } = knownQuestion();
  const word = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const numbers = (...values: readonly bigint[]) => Buffer.concat(values.map(Field.toBytesLE));
  // The key ends with the rows C and H, then 68 bytes of contributions.
  const g1 = zkey.subarray(zkey.length - 80 - 64 * 128, zkey.length - 80);
  const g2 = zkey.subarray(zkey.length - 80 - 64 * 128 - 12 - 64 * 98 - 12 - 128 * 101).subarray(0, 128 * 20);
  const generatorG2 = [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ];
  const verifyingKey = numbers(1n, 2n, ...generatorG2, ...generatorG2, ...generatorG2, 1n, 2n, 1n, 2n);
  const proof = numbers(1n, 2n, ...generatorG2, 1n, 2n);
  const terms = [...[0, 2, 2, 4].map(word), ...[0, 1, 2, 2].map(word), numbers(1n, 77n, 3n, 2n ** 200n)];
  const seeds: readonly (readonly Uint8Array[])[] = [
    [zkey],
    [word(zkey.length), zkey, witness],
    [Uint8Array.of(1, 1), verifyingKey, numbers(5n), proof, numbers(1n)],
    [numbers(12345n), g1.subarray(0, 64 * 20)],
    [g1.subarray(0, 64 * 5), numbers(0n, 1n, 2n, 3n, 2n ** 250n)],
    [g2.subarray(0, 128 * 3), numbers(1n, 2n, 2n ** 250n)],
    [Uint8Array.of(3, 4), ...terms, g1.subarray(0, 64 * 9)],
    [Uint8Array.of(3, 4), ...terms, g2.subarray(0, 128 * 9)],
  ];
  for (const [kind, parts] of seeds.entries()) {
    writeFileSync(join(folder, `seed-${kind}`), Buffer.concat([Uint8Array.of(kind), ...parts]));
  }
  return folder;
}
