/**
 * @module `proof.json` and the lines of a results file: a proven statement together with what is needed to verify and
 * record it. Version 1. All of it is public.
 */
import { ArtifactFormatError, ProofRejectedError } from '../errors.ts';
import { Hex } from './Hex.ts';
import { Json, type JsonObject, type JsonValue } from './Json.ts';
import { Proof } from './Proof.ts';
import type { Proven, ProvenTiming } from './Proven.ts';
import { type Context, Statement } from './Statement.ts';

/** What the context was made of, the program aside. */
export type Purpose = Omit<Context, 'programId'>;

export type ProofFile = Proven & {
  readonly circuit: { readonly name: string; readonly size: string };
  /** Absent when the caller brought a context of their own. */
  readonly purpose: Purpose | undefined;
};

/** A key has at most this many signals; a file with more is refused before they are looked at. */
const signalsMax = 2 ** 16;

export const ProofFile = {
  /** The form in the file. */
  toJson: ({ id, circuit, programId, keyId, keyClass, statementId, purpose, signals, proof, timing }: ProofFile) => ({
    version: 1,
    id,
    circuit,
    programId,
    keyId,
    keyClass,
    statementId,
    purpose,
    signals: signals.map(String),
    proof: Proof.toJson(proof),
    timing: toMilliseconds(timing),
  }),

  /**
   * Parses one, and checks that its statementId and context follow from the rest.
   * @throws ArtifactFormatError, ProofProtocolError, ProofRejectedError, SignalCountError
   */
  parse: (json: JsonValue, at: string): ProofFile => {
    if (!Json.isObject(json) || json.version !== 1) {
      throw new ArtifactFormatError(`${at} is not a proof file of version 1`, { at });
    }
    const { id, circuit, programId, keyId, keyClass, statementId } = json;
    const isSound =
      typeof id === 'string' &&
      Json.isObject(circuit ?? null) &&
      Hex.is(programId, 32) &&
      Hex.is(keyId, 32) &&
      Hex.is(statementId, 32) &&
      (keyClass === 'development' || keyClass === 'ceremony') &&
      Array.isArray(json.signals) &&
      json.signals.length <= signalsMax;
    if (!isSound) throw new ArtifactFormatError(`${at} lacks a part of a proof file`, { at });
    const signals = Statement.parseSignals(json.signals as JsonValue, (json.signals as readonly JsonValue[]).length);
    const file: ProofFile = {
      id,
      circuit: parseCircuit(circuit as JsonObject, at),
      programId,
      keyId,
      keyClass,
      statementId,
      purpose: json.purpose === undefined ? undefined : parsePurpose(json.purpose, at),
      signals,
      proof: Proof.parse(json.proof ?? null),
      timing: parseTiming(json.timing, at),
    };
    checkIds(file, at);
    return file;
  },
} as const;

/** Whole numbers: strict JSON takes no others. */
function toMilliseconds({ stages, ...times }: ProvenTiming): ProvenTiming {
  const round = <T extends Readonly<Record<string, number>>>(values: T) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Math.round(value)])) as {
      readonly [K in keyof T]: number;
    };
  return { ...round(times), stages: round(stages) };
}

/** A run's results tell the whole time of an attempt only; the parts that a file does not tell count nothing. */
function parseTiming(json: JsonValue | undefined, at: string): ProvenTiming {
  const { stages = {}, ...times } = Json.isObject(json) ? json : {};
  const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0;
  const { waitMs, cpuMs, attempts, witnessMs = 0, loadMs = 0, proveMs = 0, verifyMs = 0 } = times;
  const told = { waitMs, witnessMs, loadMs, proveMs, verifyMs, cpuMs, attempts };
  if (Object.values(told).every(isCount) && Json.isObject(stages) && Object.values(stages).every(isCount)) {
    return { ...told, stages } as ProvenTiming;
  }
  throw new ArtifactFormatError(`${at} does not say how long its proof took`, { at });
}

function parseCircuit({ name, size }: JsonObject, at: string): ProofFile['circuit'] {
  if (typeof name !== 'string' || typeof size !== 'string') {
    throw new ArtifactFormatError(`${at} does not name its circuit`, { at });
  }
  return { name, size };
}

function parsePurpose(json: JsonValue, at: string): Purpose {
  const { chainId, contract, stream, window, beneficiary } = Json.isObject(json) ? json : {};
  const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0;
  if (isCount(chainId) && isCount(stream) && isCount(window) && Hex.is(contract, 20) && Hex.is(beneficiary, 20)) {
    return { chainId, contract, stream, window, beneficiary };
  }
  throw new ArtifactFormatError(`${at} has a malformed purpose`, { at });
}

function checkIds({ programId, signals, statementId, purpose }: ProofFile, at: string): void {
  if (Statement.id({ programId, signals }) !== statementId) {
    throw new ProofRejectedError(`${at} has a statementId that is not that of its program and signals`, { at });
  }
  if (purpose && Statement.context({ ...purpose, programId }) !== signals[0]) {
    throw new ProofRejectedError(`${at} has a context that is not that of its purpose`, { at });
  }
}
