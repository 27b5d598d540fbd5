/**
 * @module The secrets of a development key, derived from a seed so that the same circuit gets the same key everywhere.
 * Whoever has the seed has the secrets and can prove anything: that is what makes it a development key.
 */
import { createHash } from 'node:crypto';
import { InternalError } from '../../src/errors.ts';
import { Field } from '../../src/model/Field.ts';
import { Hex } from '../../src/model/Hex.ts';
import { powerModR } from './roots.ts';

export type Secrets = {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly delta: bigint;
};

const domain = 'tallystick/development-key/v1';

/**
 * Derives each secret as SHA-512(domain ‖ 0 ‖ name ‖ 0 ‖ programId ‖ UTF-8 of the seed) mod r, the hash read most
 * significant byte first. 512 bits leave a bias of 2^-258, far below what could be noticed.
 */
export function deriveSecrets(seed: string, programId: Hex): Secrets {
  const derive = (name: string): bigint => {
    const hash = createHash('sha512').update(`${domain}\0${name}\0`).update(Hex.toBytes(programId)).update(seed);
    return Field.from(BigInt(`0x${hash.digest('hex')}`));
  };
  const secrets = { tau: derive('tau'), alpha: derive('alpha'), beta: derive('beta'), delta: derive('delta') };
  // tau inside an evaluation domain would make the Lagrange basis degenerate.
  if (Object.values(secrets).includes(0n) || powerModR(secrets.tau, 2n ** 28n) === 1n) {
    throw new InternalError('the seed gives a degenerate secret', { remedy: 'take another seed' });
  }
  return secrets;
}
