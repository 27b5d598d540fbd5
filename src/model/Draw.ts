/**
 * @module Field elements drawn from a seed, the same ones each time: HMAC-SHA-512 of a counter under the seed (RFC 2104),
 * reduced modulo r. 512 bits make the bias of the reduction smaller than 2^-258.
 */
import { createHmac } from 'node:crypto';
import { r } from './Field.ts';

/** The seed must be as hard to guess as what is drawn from it. */
export const seedBytes = 32;

export const Draw = {
  /**
   * A source of elements uniform in [0, r). Whoever has the seed has all of them.
   * @example const draw = Draw.fromSeed(randomBytes(seedBytes)); const salt = draw();
   */
  fromSeed: (seed: Uint8Array): (() => bigint) => {
    let counter = 0n;
    return () => {
      const digest = createHmac('sha512', seed).update(`tallystick/draw/v1/${counter++}`).digest('hex');
      return BigInt(`0x${digest}`) % r;
    };
  },
} as const;
