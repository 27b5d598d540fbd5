/**
 * @module Runs every backend under AddressSanitizer and UndefinedBehaviorSanitizer: the known answer, single operations
 * at the ends of their ranges, batches of awkward sizes, multiples, verification, and keys that were cut or flipped.
 * Needs a compiler with the sanitizers' runtimes, as Debian's g++ has. Exit code 0 when nothing was found.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Field, q, r } from '../../src/model/Field.ts';
import { knownQuestion, knownRandomness } from '../engines/knownAnswer.ts';
import { stagedProof } from '../engines/native.ts';
import type { NativeAddon } from '../engines/nativeAddon.ts';
import { proveAtOnce } from '../engines/stages.ts';
import { buildVariant } from './build.ts';

const [file] = process.argv.slice(2);
if (file) exercise(createRequire(import.meta.url)(file) as NativeAddon);
else process.exitCode = await main();

/** Builds, then runs this file again with the sanitizers' runtime loaded first. */
async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-sanitize-'));
  const addon = join(folder, 'kernel.node');
  try {
    // The full optimiser and forced inlining take minutes on code with checks in it.
    const flags = [
      '-O1',
      '-DKERNEL_INLINE=inline',
      '-fsanitize=address,undefined',
      '-fno-sanitize-recover=undefined',
      '-g1',
    ];
    console.log(`sanitizers: built ${(await buildVariant(addon, flags)).join(', ')}`);
    const library = (name: string) =>
      spawnSync(process.env.CXX ?? 'g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
    const environment = {
      ...process.env,
      LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
      // What V8 keeps until the end is not for us to free.
      ASAN_OPTIONS: 'detect_leaks=0',
    };
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), addon], {
      env: environment,
      stdio: 'inherit',
    });
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function exercise(addon: NativeAddon): void {
  for (const backend of addon.backends()) {
    proveAndRelease(addon, backend);
    operate(addon, backend);
    multiply(addon, backend);
    sum(addon, backend);
    damage(addon, backend);
    console.log(`sanitizers: ${backend} is clean`);
  }
}

function proveAndRelease(addon: NativeAddon, backend: string): void {
  const { zkey, witness } = knownQuestion();
  const key = addon.readKey(backend, 'sanitize', zkey);
  if (typeof key === 'number') throw new Error(`status ${key}`);
  const workspace = addon.createWorkspace(backend);
  const proof = proveAtOnce(stagedProof(addon, key, workspace), witness, knownRandomness);
  proveAtOnce(stagedProof(addon, key, workspace), witness, { r: 0n, s: r - 1n });
  addon.releaseKey(key);
  addon.freeWorkspace(workspace);
  // A key of generators and one signal: the proof does not fit it, but every step of the verification runs.
  const points = knownVerifyingKey();
  addon.verify(backend, points, Field.toBytesLE(r - 1n), proof, Field.toBytesLE(1n));
}

/** Operations 0 to 9 of `backends/probe.h` on counts that fill lanes and batches partly. */
function operate(addon: NativeAddon, backend: string): void {
  const perItem = [15 * 32, 15 * 32, 12 * 32, 64, 128, 3 * 64, 3 * 128, 0, 0, 32];
  const inputPerItem = [64, 64, 128, 128, 256, 128, 256, 96, 160, 32];
  for (const [operation, inputBytes] of inputPerItem.entries()) {
    for (const count of operation === 9 ? [1, 2, 64, 128] : [1, 2, 7, 8, 9, 17, 40, 2049]) {
      const input = new Uint8Array(inputBytes * count);
      if (operation < 3 || operation === 9) fillNumbers(input, operation === 1 || operation === 9 ? r : q);
      else fillPoints(input, { isG2: operation % 2 === 0, points: operation < 7 ? 2 * count : count });
      const outputBytes = operation === 7 ? 64 : operation === 8 ? 128 : (perItem[operation] as number) * count;
      const result = addon.probe(backend, operation, count, input, outputBytes);
      if (typeof result === 'number') throw new Error(`operation ${operation}: status ${result}`);
    }
  }
}

function multiply(addon: NativeAddon, backend: string): void {
  for (const group of [1, 2] as const) {
    const scalars = new Uint8Array(32 * 2100);
    fillNumbers(scalars, r);
    const output = new Uint8Array(2100 * 64 * group);
    for (const bits of [4, 8]) addon.multiplyGenerator(addon.createGenerator(backend, group, bits), scalars, output);
  }
}

/** Rows times a scalar, one sum, and many, on counts that fill lanes partly; some sums are empty. */
function sum(addon: NativeAddon, backend: string): void {
  const scalars = new Uint8Array(32 * 1100);
  fillNumbers(scalars, r);
  for (const count of [1, 7, 8, 9, 1100]) {
    for (const group of [1, 2] as const) {
      const points = new Uint8Array(64 * group * count);
      fillPoints(points, { isG2: group === 2, points: count });
      const factors = scalars.subarray(0, 32 * count);
      expectOk(addon.sumPoints(backend, group, points, factors, new Uint8Array(64 * group)));
      const starts = Uint32Array.from({ length: count + 2 }, (_, i) => Math.max(0, i - 1));
      const numbers = Uint32Array.from({ length: count }, (_, i) => (7 * i) % count);
      const [first, number] = [starts, numbers].map((words) => new Uint8Array(words.buffer)) as [
        Uint8Array,
        Uint8Array,
      ];
      const sums = new Uint8Array(64 * group * (count + 1));
      expectOk(addon.combinePoints(backend, group, points, first, number, factors, sums));
      if (group === 1) expectOk(addon.scalePoints(backend, points, scalars.subarray(96, 128), sums.subarray(64)));
    }
  }
}

function expectOk(status: number): void {
  if (status !== 0) throw new Error(`status ${status}`);
}

/** Keys that are cut or have a flipped byte must be refused or give some proof, and touch no other memory. */
function damage(addon: NativeAddon, backend: string): void {
  const { zkey, witness } = knownQuestion();
  for (let round = 0; round < 200; round++) {
    const at = (round * 7919) % zkey.length;
    // Bytes of their own, so that the sanitizer sees a read beyond the end.
    const bytes = round % 2 ? zkey.slice(0, at) : zkey.slice();
    if (round % 2 === 0) bytes[round < 100 ? round * 4 : at] = (bytes[at] as number) ^ 0xff;
    const key = addon.readKey(backend, 'damaged', bytes);
    if (typeof key === 'number') continue;
    const workspace = addon.createWorkspace(backend);
    try {
      proveAtOnce(stagedProof(addon, key, workspace), witness, knownRandomness);
    } catch {
      // A refused witness is as good as a proof here.
    }
    addon.releaseKey(key);
    addon.freeWorkspace(workspace);
  }
}

function fillNumbers(bytes: Uint8Array, p: bigint): void {
  for (let at = 0, i = 0n; at < bytes.length; at += 32, i++) {
    const edge = [0n, 1n, p - 1n, p - 2n, (p - 1n) / 2n][Number(i % 7n)];
    bytes.set(Field.toBytesLE(edge ?? (i * i * i * 0x123456789abcdef123456789abcdefn) % p), at);
  }
}

/** The points of the known key, among them repeated and opposite ones and infinity; then scalars where there is room. */
function fillPoints(bytes: Uint8Array, { isG2, points }: { isG2: boolean; points: number }): void {
  const { zkey } = knownQuestion();
  const size = isG2 ? 128 : 64;
  // The section B1 or B2: counted from the end of the file, which ends with C, H and the contributions.
  const wires = 101;
  const tail = 12 + 68 + (12 + 64 * 128) + (12 + 64 * (wires - 3));
  const start = zkey.length - tail - 128 * wires - (isG2 ? 0 : 12 + 64 * wires);
  for (let i = 0; i < points; i++) {
    bytes.set(zkey.subarray(start + (i % wires) * size, start + ((i % wires) + 1) * size), i * size);
  }
  fillNumbers(bytes.subarray(points * size), r);
}

function knownVerifyingKey(): Uint8Array {
  const g2 = [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ];
  const numbers = [1n, 2n, ...g2, ...g2, ...g2, 1n, 2n, 1n, 2n];
  return new Uint8Array(Buffer.concat(numbers.map(Field.toBytesLE)));
}
