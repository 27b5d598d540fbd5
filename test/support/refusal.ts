import { UnsatisfiedError } from '../../src/errors.ts';
import type { Values } from '../../src/model/Computation.ts';
import type { TestCircuit } from './circuits.ts';

/** An input that breaks one rule of a circuit, and the template that must refuse it. */
export type BadCase = { readonly desc: string; readonly template: string; readonly input: Values };

/** The templates that refuse an input, from the one with the broken constraint up to the main one; empty if none does. */
export function refusingTemplates({ calculate }: TestCircuit, input: Values): readonly string[] {
  try {
    calculate(input);
    return [];
  } catch (error) {
    if (!(error instanceof UnsatisfiedError)) throw error;
    return [error.at ?? '', ...error.details].map((place) => /template (\w+), line \d+$/.exec(place)?.[1] ?? '');
  }
}

/** Whether a template is to blame. A main template is in every chain, so it counts only for constraints of its own. */
export function isRefusedBy(circuit: TestCircuit, { input, template }: BadCase): boolean {
  const templates = refusingTemplates(circuit, input);
  return template === circuit.circuit.template ? templates[0] === template : templates.includes(template);
}
