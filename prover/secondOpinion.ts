import { Proof } from '../src/model/Proof.ts';
import { VerifyingKey } from '../src/model/VerifyingKey.ts';
import { loadSnarkjs } from './snarkjsRuntime.ts';

/** What snarkjs says of a proof whose parts are of canonical form; it shares no code with `verify`. */
export async function verifyWithSnarkjs(key: VerifyingKey, signals: readonly bigint[], proof: Proof): Promise<boolean> {
  const { groth16 } = await loadSnarkjs();
  return groth16.verify(VerifyingKey.toJson(key), signals.map(String), Proof.toJson(proof));
}
