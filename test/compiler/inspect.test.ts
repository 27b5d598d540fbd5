import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { inspectCircuit } from '../../src/compiler/inspect.ts';
import {
  ArtifactCurveError,
  ArtifactFormatError,
  ArtifactTruncatedError,
  CompileError,
  type TallyError,
} from '../../src/errors.ts';
import { computation, scratch, squareBody, squareSignals, template } from './scratch.ts';

/** Compiles the square, changes the bytes of its r1cs, and inspects the result. */
async function inspectChanged(change: (r1cs: Uint8Array<ArrayBuffer>, header: number) => Uint8Array<ArrayBuffer>) {
  const project = await scratch();
  await project.write('alpha/Main.circom', template(squareBody));
  const circuit = await compile(computation('alpha', squareSignals), project);
  const r1cs = new Uint8Array(await readFile(circuit.r1cs.path));
  const wasm = new Uint8Array(await readFile(circuit.wasm.path));
  const sym = await readFile(circuit.sym.path, 'utf8');
  const files = { r1cs: change(r1cs, headerOffset(r1cs)), wasm, sym };
  return inspectCircuit(files, { computation: 'alpha', at: 'Main.circom', signals: circuit.signals });
}

/** Where the content of section 1 starts. */
function headerOffset(r1cs: Uint8Array<ArrayBuffer>): number {
  const view = new DataView(r1cs.buffer);
  let offset = 12;
  while (view.getUint32(offset, true) !== 1) offset += 12 + view.getUint32(offset + 4, true);
  return offset + 12;
}

function withByte(bytes: Uint8Array<ArrayBuffer>, offset: number, value: number): Uint8Array<ArrayBuffer> {
  bytes[offset] = value;
  return bytes;
}

describe('inspectCircuit', () => {
  test('counts what the header says', async () => {
    expect(await inspectChanged((r1cs) => r1cs)).toEqual({ constraints: 2, wires: 5, publicCount: 2 });
  });

  test.each<readonly [string, Parameters<typeof inspectChanged>[0], new (...args: never[]) => TallyError]>([
    ['outputs', (r1cs, header) => withByte(r1cs, header + 40, 1), CompileError],
    ['another prime', (r1cs, header) => withByte(r1cs, header + 4, 7), ArtifactCurveError],
    ['another element size', (r1cs, header) => withByte(r1cs, header, 48), ArtifactCurveError],
    ['another magic', (r1cs) => withByte(r1cs, 0, 0), ArtifactFormatError],
    ['a section table without end', (r1cs) => withByte(r1cs, 8, 255), ArtifactFormatError],
    ['no header', (r1cs, header) => withByte(r1cs, header - 12, 9), ArtifactFormatError],
    ['a cut section', (r1cs) => r1cs.slice(0, -1), ArtifactTruncatedError],
    ['a cut table', (r1cs) => r1cs.slice(0, 20), ArtifactTruncatedError],
    ['a cut magic', (r1cs) => r1cs.slice(0, 5), ArtifactTruncatedError],
    // More constraints than there are, so that the search for an unused public signal runs into the end.
    [
      'too many public signals',
      (r1cs, header) => withByte(withByte(r1cs, header + 44, 9), header + 60, 9),
      ArtifactTruncatedError,
    ],
  ])('error: %s', async (_, change, errorClass) => {
    await expect(inspectChanged(change)).rejects.toThrow(errorClass);
  });
});
