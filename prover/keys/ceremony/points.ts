/** @module Points between the model, the bytes of a file (affine, Montgomery form) and the bytes that are hashed. */
import type { Bytes } from 'ffjavascript';
import { CeremonyError } from '../../../src/errors.ts';
import { type Fq2, type G1, type G2, Point } from '../../../src/model/Point.ts';
import { Cursor, elementBytes, viewOf, writeU256 } from '../../artifacts/binary.ts';
import { fromMontgomery, toMontgomery } from '../../artifacts/points.ts';
import { loadCurve } from '../../snarkjsRuntime.ts';
import { type GroupName, pointBytes } from '../fixedBase.ts';
import { isInSubgroup } from '../subgroup.ts';

/** A point of G1 as files hold it. */
export function packG1({ x, y }: G1): Uint8Array {
  return pack([x, y]);
}

/** A point of G2 as files hold it. */
export function packG2({ x, y }: G2): Uint8Array {
  return pack([...x, ...y]);
}

/** A point of G1 out of the bytes of a file, unchecked but for its coordinates. @throws ArtifactFormatError */
export function unpackG1(bytes: Uint8Array, source: string): G1 {
  const cursor = new Cursor(bytes, source, 0);
  return { x: fromMontgomery(cursor.coordinate()), y: fromMontgomery(cursor.coordinate()) };
}

/** A point of the twist out of the bytes of a file, unchecked but for its coordinates. @throws ArtifactFormatError */
export function unpackG2(bytes: Uint8Array, source: string): G2 {
  const cursor = new Cursor(bytes, source, 0);
  const pair = (): Fq2 => [fromMontgomery(cursor.coordinate()), fromMontgomery(cursor.coordinate())];
  return { x: pair(), y: pair() };
}

/** @throws CeremonyError when the bytes are not a point of G1 other than infinity */
export function checkG1Point(bytes: Uint8Array, name: string): void {
  if (!Point.isOnG1(unpackG1(bytes, name)))
    throw new CeremonyError(`${name} is at infinity or off its curve`, { at: name });
}

/** @throws CeremonyError when the bytes are not a point of the subgroup of order r other than infinity */
export function checkG2Point(bytes: Uint8Array, name: string): void {
  const point = unpackG2(bytes, name);
  if (!Point.isOnTwist(point)) throw new CeremonyError(`${name} is at infinity or off its curve`, { at: name });
  if (!isInSubgroup(point)) throw new CeremonyError(`${name} is outside the subgroup of order r`, { at: name });
}

/** The bytes that snarkjs hashes for a point: plain coordinates, most significant byte first. */
export async function hashedForm(group: GroupName, point: Bytes): Promise<Uint8Array> {
  const curve = await loadCurve();
  const bytes = new Uint8Array(pointBytes[group]);
  if (group === 'g1') curve.G1.toRprUncompressed(bytes, 0, point);
  else curve.G2.toRprUncompressed(bytes, 0, point);
  return bytes;
}

function pack(coordinates: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(coordinates.length * elementBytes);
  const view = viewOf(bytes);
  for (const [i, value] of coordinates.entries()) writeU256(view, i * elementBytes, toMontgomery(value));
  return bytes;
}
