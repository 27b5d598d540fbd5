/**
 * @module `examples.json` beside a computation: inputs that its circuit must accept, and inputs that it must refuse. The
 * latter may lie outside the schema's ranges, because a cheating prover does not ask the schema. Version 1.
 */
import { ExamplesError, TallyError } from '../errors.ts';
import type { Signal, Values } from './Computation.ts';
import { r } from './Field.ts';
import { Input } from './Input.ts';
import { Json, type JsonObject, type JsonValue } from './Json.ts';

export type Example = {
  /** What is special about it. */
  readonly desc: string;
  /** Results may be missing: the reference works them out. */
  readonly input: Values;
  /** The template that has to refuse it, when that matters. */
  readonly template: string | undefined;
};

export type Examples = { readonly accepts: readonly Example[]; readonly rejects: readonly Example[] };

/** More are a mistake: random inputs are tried without being written down. */
const examplesMax = 1000;

export type ExamplesOf = {
  /** The schema at the size that is tested. */
  readonly signals: readonly Signal[];
  readonly size: string;
  /** The size of examples that name none: the computation's first. */
  readonly sizeDefault: string;
  /** What to call the file in an error. */
  readonly at: string;
};

export const Examples = {
  none: { accepts: [], rejects: [] } satisfies Examples,

  /**
   * Parses the content of an examples file, and keeps the examples of one size.
   * @throws ExamplesError, which names the example and, where its input is wrong, the signal
   */
  parse: (json: JsonValue, of: ExamplesOf): Examples => {
    const { signals, at } = of;
    if (!Json.isObject(json) || json.version !== 1) {
      throw new ExamplesError(`${at} is not an examples file of version 1`, { at });
    }
    checkKeys(json, ['version', 'accepts', 'rejects'], at);
    const loosened = signals.map((signal) => ({ ...signal, min: 1n - r, max: r - 1n }));
    return {
      accepts: parseList(json.accepts, { ...of, at: `${at} accepts` }),
      rejects: parseList(json.rejects, { ...of, at: `${at} rejects`, signals: loosened }),
    };
  },
} as const;

function parseList(json: JsonValue | undefined, of: ExamplesOf): readonly Example[] {
  const { at } = of;
  if (json === undefined) return [];
  if (!Array.isArray(json)) throw new ExamplesError(`${at} is not an array`, { at });
  if (json.length > examplesMax) throw new ExamplesError(`${at} has more than ${examplesMax} examples`, { at });
  return json.flatMap((item, i) => parseExample(item, { ...of, at: `${at}[${i}]` }) ?? []);
}

/** Nothing for an example of another size. */
function parseExample(json: JsonValue, { signals, size: tested, sizeDefault, at }: ExamplesOf): Example | undefined {
  if (!Json.isObject(json)) throw new ExamplesError(`${at} is not an object`, { at });
  checkKeys(json, ['desc', 'size', 'input', 'template'], at);
  const { desc, input, template, size = sizeDefault } = json;
  if (typeof desc !== 'string' || !Json.isObject(input)) {
    throw new ExamplesError(`${at} lacks its "desc" or its "input"`, { at });
  }
  if (typeof size !== 'string') throw new ExamplesError(`${at} has a size that is not a name`, { at });
  if (template !== undefined && typeof template !== 'string') {
    throw new ExamplesError(`${at} has a template that is not a name`, { at });
  }
  if (size !== tested) return undefined;
  // For whom a statement is does not matter to a test, so the context may be left out.
  const complete = Object.assign(Object.create(null), { context: 1 }, input);
  return { desc, template, input: parseInput(signals, complete, at) };
}

/** An input error alone would not say which example it is about. */
function parseInput(signals: readonly Signal[], raw: unknown, at: string): Values {
  try {
    return Input.parse(signals, raw);
  } catch (cause) {
    if (!(cause instanceof TallyError)) throw cause;
    throw new ExamplesError(`${at}: ${cause.shortMessage}`, {
      at,
      details: cause.details,
      remedy: cause.remedy,
      cause,
    });
  }
}

function checkKeys(json: JsonObject, known: readonly string[], at: string): void {
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new ExamplesError(`${at} has an unknown entry ${JSON.stringify(unknown)}`, {
      at,
      remedy: `known: ${known.join(', ')}`,
    });
  }
}
