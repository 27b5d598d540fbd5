import { describe, expect, test } from 'vitest';
import { ArtifactFormatError } from '../../src/errors.ts';
import { Json } from '../../src/model/Json.ts';
import { ProofFile } from '../../src/model/ProofFile.ts';
import { Statement } from '../../src/model/Statement.ts';
import { programOf, proven, vectors } from '../support/contracts.ts';

const { statement, keyId, stream, window, beneficiary, proof } = proven(vectors.records.plain);
const { programId } = programOf('square');
const file: ProofFile = {
  ...{ id: 'one', programId, keyId, keyClass: 'development', statementId: Statement.id(statement) },
  ...{ signals: statement.signals, proof, circuit: { name: 'square', size: 'default' } },
  purpose: {
    ...{ chainId: vectors.chainId, contract: vectors.addresses.computeLedger },
    ...{ stream, window, beneficiary },
  },
  timing: {
    waitMs: 0.2,
    witnessMs: 1.6,
    loadMs: 3,
    proveMs: 23.4999,
    verifyMs: 8,
    cpuMs: 30.6,
    attempts: 1,
    stages: { msm: 9.7 },
  },
};

describe('ProofFile', () => {
  test('default: what is written is read again, with times in whole milliseconds', () => {
    const text = Json.stringify(ProofFile.toJson(file));
    expect(ProofFile.parse(Json.parse(text), 'proof.json')).toEqual({
      ...file,
      timing: {
        waitMs: 0,
        witnessMs: 2,
        loadMs: 3,
        proveMs: 23,
        verifyMs: 8,
        cpuMs: 31,
        attempts: 1,
        stages: { msm: 10 },
      },
    });
  });

  test.each([
    { timing: undefined },
    { timing: {} },
    { timing: { ...file.timing, stages: 3 } },
    { version: 2 },
    { id: 7 },
  ])('error: %j', (change) => {
    const json = Json.parse(Json.stringify(ProofFile.toJson({ ...file, timing: { ...file.timing } })));
    const changed = { ...(json as object), ...change } as never;
    expect(() => ProofFile.parse(changed, 'proof.json')).toThrow(ArtifactFormatError);
  });
});
