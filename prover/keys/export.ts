/** @module The verifying half of a proving key. */
import type { KeyClass, VerifyingKey } from '../../src/model/VerifyingKey.ts';
import type { Zkey } from '../artifacts/zkey.ts';
import { lintKey } from './lint.ts';

/**
 * Reads the verifying key out of a parsed proving key and lints it, so that an unsafe key never leaves its file.
 * @throws UnsafeKeyError
 * @example VerifyingKey.toJson(exportVerifyingKey(Zkey.parse(bytes), 'development'))
 */
export function exportVerifyingKey(zkey: Zkey, keyClass: KeyClass): VerifyingKey {
  const key: VerifyingKey = {
    keyClass,
    alpha: zkey.alpha1,
    beta: zkey.beta2,
    gamma: zkey.gamma2,
    delta: zkey.delta2,
    ic: zkey.ic,
  };
  lintKey(key, { publicCount: zkey.publicCount, contributions: zkey.contributions.count });
  return key;
}
