import * as errors from '../errors.ts';

/** The exit code of the error that a stored code names; of a code that this version does not know, that of a defect. */
export function exitCodeOf(code: string): errors.ExitCode {
  return known().get(code) ?? errors.ExitCode.internal;
}

let table: ReadonlyMap<string, errors.ExitCode> | undefined;

function known(): ReadonlyMap<string, errors.ExitCode> {
  table ??= new Map(
    Object.values(errors)
      .filter((value) => typeof value === 'function')
      .map((Class) => {
        // What an error says of its kind does not depend on its facts.
        const { code, exitCode } = new (Class as unknown as AnyError)('', { exitCodes: [] });
        return [code, exitCode];
      }),
  );
  return table;
}

/** Any class of errors, with the facts that the more demanding ones ask for. */
type AnyError = new (message: string, facts: { readonly exitCodes: readonly [] }) => errors.TallyError;
