/**
 * @module `cases.json` beside a computation: inputs that its circuit must accept, and inputs that it must refuse. The
 * latter may lie outside the schema's ranges, because a cheating prover does not ask the schema. Version 1.
 */
import { CasesError } from '../errors.ts';
import type { Signal, Values } from './Computation.ts';
import { r } from './Field.ts';
import { Input } from './Input.ts';
import { Json, type JsonObject, type JsonValue } from './Json.ts';

export type Case = {
  /** What is special about it. */
  readonly desc: string;
  /** Results may be missing: the reference works them out. */
  readonly input: Values;
  /** The template that has to refuse it, when that matters. */
  readonly template: string | undefined;
};

export type Cases = { readonly accepts: readonly Case[]; readonly rejects: readonly Case[] };

/** More are a mistake: random inputs are tried without being written down. */
const casesMax = 1000;

export const Cases = {
  none: { accepts: [], rejects: [] } satisfies Cases,

  /**
   * Parses the content of a cases file.
   * @param at what to call the file in an error
   * @throws CasesError, and the input errors with the case and the signal's path
   */
  parse: (json: JsonValue, signals: readonly Signal[], at: string): Cases => {
    if (!Json.isObject(json) || json.version !== 1)
      throw new CasesError(`${at} is not a cases file of version 1`, { at });
    checkKeys(json, ['version', 'accepts', 'rejects'], at);
    const loosened = signals.map((signal) => ({ ...signal, min: 1n - r, max: r - 1n }));
    return {
      accepts: parseList(json.accepts, signals, `${at} accepts`),
      rejects: parseList(json.rejects, loosened, `${at} rejects`),
    };
  },
} as const;

function parseList(json: JsonValue | undefined, signals: readonly Signal[], at: string): readonly Case[] {
  if (json === undefined) return [];
  if (!Array.isArray(json)) throw new CasesError(`${at} is not an array`, { at });
  if (json.length > casesMax) throw new CasesError(`${at} has more than ${casesMax} cases`, { at });
  return json.map((item, i) => parseCase(item, signals, `${at}[${i}]`));
}

function parseCase(json: JsonValue, signals: readonly Signal[], at: string): Case {
  if (!Json.isObject(json)) throw new CasesError(`${at} is not an object`, { at });
  checkKeys(json, ['desc', 'input', 'template'], at);
  const { desc, input, template } = json;
  if (typeof desc !== 'string' || !Json.isObject(input ?? null)) {
    throw new CasesError(`${at} lacks its "desc" or its "input"`, { at });
  }
  if (template !== undefined && typeof template !== 'string') {
    throw new CasesError(`${at} has a template that is not a name`, { at });
  }
  // For whom a statement is does not matter to a test, so the context may be left out.
  const complete = Object.assign(Object.create(null), { context: 1 }, input);
  return { desc, template, input: Input.parse(signals, complete) };
}

function checkKeys(json: JsonObject, known: readonly string[], at: string): void {
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new CasesError(`${at} has an unknown entry ${JSON.stringify(unknown)}`, {
      at,
      remedy: `known: ${known.join(', ')}`,
    });
  }
}
