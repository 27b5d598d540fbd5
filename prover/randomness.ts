/** @module The prover's blinding factors from the operating system's random number generator. */
import { randomBytes } from 'node:crypto';
import { Field } from '../src/model/Field.ts';
import type { Randomness } from './engines/engine.ts';

/** Two independent elements, uniform in [0, r). */
export function drawRandomness(): Randomness {
  return { r: drawElement(), s: drawElement() };
}

/** Draws 254 bits until they are below r, which three in four draws are: reducing instead would be biased. */
function drawElement(): bigint {
  for (;;) {
    const bytes = randomBytes(32);
    bytes[31] = (bytes[31] as number) & 0x3f;
    const value = Field.fromBytesLE(bytes);
    if (Field.is(value)) return value;
  }
}
