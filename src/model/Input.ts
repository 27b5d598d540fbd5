/**
 * @module Strict validation of a computation's input against its schema. Nothing is coerced: a value of the wrong type,
 * shape, range or notation is refused with the path of its signal and never with its value, which may be private.
 */
import {
  InputMissingError,
  InputPrecisionError,
  InputRangeError,
  InputShapeError,
  InputTypeError,
  InputUnknownError,
} from '../errors.ts';
import type { Signal, Value, Values } from './Computation.ts';
import { Field } from './Field.ts';
import { Json } from './Json.ts';

/** Decimal digits of the largest element and a sign; longer strings are refused before they are converted. */
const digitsMax = 80;

export const Input = {
  /**
   * Parses an untrusted input (as `Json.parse` gives it, or with bigints) into values of the schema's shapes. Results
   * may be left out.
   * @throws InputTypeError, InputMissingError, InputUnknownError, InputShapeError, InputRangeError, InputPrecisionError
   */
  parse: (signals: readonly Signal[], raw: unknown): Values => {
    if (!Json.isObject(raw)) throw new InputTypeError(`the input must be an object, got ${kind(raw)}`);
    const known = new Set(signals.map((signal) => signal.name));
    const unknown = Object.keys(raw).find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw new InputUnknownError(`the input has no signal ${JSON.stringify(unknown)}`, {
        at: unknown,
        remedy: `the signals are: ${[...known].join(', ')}`,
      });
    }
    const values: Record<string, Value> = {};
    for (const signal of signals) {
      if (Object.hasOwn(raw, signal.name)) values[signal.name] = parseValue(signal, raw[signal.name], signal.name, 0);
      else if (!signal.result) throw new InputMissingError(`signal ${signal.name} is missing`, { at: signal.name });
    }
    return values;
  },

  /** All elements of one signal in circom's order (row-major), mapped into the field. */
  flatten: (value: Value): bigint[] => {
    const flat: bigint[] = [];
    const walk = (item: Value): void => {
      if (typeof item === 'bigint') flat.push(Field.from(item));
      else for (const child of item) walk(child);
    };
    walk(value);
    return flat;
  },

  /** The public signals of a complete input in the order of the schema. @throws InputMissingError */
  publicSignals: (signals: readonly Signal[], values: Values): bigint[] =>
    signals
      .filter((signal) => signal.public)
      .flatMap(({ name }) => {
        const value = values[name];
        if (value === undefined) throw new InputMissingError(`signal ${name} is missing`, { at: name });
        return Input.flatten(value);
      }),
} as const;

function parseValue(signal: Signal, raw: unknown, path: string, level: number): Value {
  const length = signal.dimensions[level];
  if (length === undefined) return parseScalar(signal, raw, path);
  if (!Array.isArray(raw)) {
    throw new InputShapeError(`${path} must be an array of ${length}, got ${kind(raw)}`, { at: path });
  }
  if (raw.length !== length) {
    throw new InputShapeError(`${path} must have ${length} elements, got ${raw.length}`, { at: path });
  }
  return raw.map((item, i) => parseValue(signal, item, `${path}[${i}]`, level + 1));
}

function parseScalar(signal: Signal, raw: unknown, path: string): bigint {
  if (Array.isArray(raw)) throw new InputShapeError(`${path} must be a single value, got an array`, { at: path });
  const value = toInteger(signal, raw, path);
  if (value < signal.min || value > signal.max) {
    throw new InputRangeError(`${path} is out of range`, {
      at: path,
      details: [`allowed: ${signal.min} to ${signal.max}${signal.unit ? ` ${signal.unit}` : ''}`],
    });
  }
  return value;
}

function toInteger(signal: Signal, raw: unknown, path: string): bigint {
  if (typeof raw === 'bigint') return raw;
  if (typeof raw === 'number') {
    if (Number.isSafeInteger(raw)) return BigInt(raw);
    throw new InputPrecisionError(`${path} is not an exact integer`, {
      at: path,
      remedy: 'write integers beyond 2^53 as decimal strings',
    });
  }
  if (typeof raw !== 'string') {
    throw new InputTypeError(`${path} must be an integer or a decimal string, got ${kind(raw)}`, { at: path });
  }
  const hex = signal.hex && /^0x[0-9a-f]+$/.test(raw);
  if (raw.length > digitsMax || !(hex || /^(0|-?[1-9][0-9]*)$/.test(raw))) {
    throw new InputTypeError(`${path} is not a plain decimal integer`, {
      at: path,
      remedy: `write digits only, without sign, space, separator or leading zero${signal.hex ? ', or lower-case 0x…' : ''}`,
    });
  }
  return BigInt(raw);
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
