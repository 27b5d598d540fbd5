import { ProgramChangedError, TallyError } from '../errors.ts';
import type { QueuedProgram } from '../jobs/queue.ts';
import type { Circuit } from '../model/Circuit.ts';
import type { Hex } from '../model/Hex.ts';
import type { Keys } from '../model/Keys.ts';
import { compile } from './compile.ts';
import { findKeys } from './findKeys.ts';
import type { Toolbox } from './toolbox.ts';

/** What a worker can prove: programs that its repository compiles to, with keys that it has. */
export type WorkPrograms = {
  /** The circuit of a program; nothing when this repository has none, or another version, which is said once. */
  readonly circuitOf: (program: QueuedProgram) => Promise<Circuit | undefined>;
  /** @throws InputFileError when the key is not here, and what `openKeys` throws */
  readonly keysOf: (circuit: Circuit, keyId: Hex) => Promise<Keys>;
};

export function createWorkPrograms(toolbox: Toolbox): WorkPrograms {
  const circuits = new Map<Hex, Promise<Circuit | undefined>>();
  const keys = new Map<Hex, Promise<Keys>>();
  return {
    circuitOf: (program) => {
      const known = circuits.get(program.programId) ?? compileSame(toolbox, program);
      circuits.set(program.programId, known);
      return known;
    },
    keysOf: (circuit, keyId) => {
      const known = keys.get(keyId) ?? findKeys(toolbox, circuit, keyId);
      keys.set(keyId, known);
      // A key that is brought here later is to be found.
      known.catch(() => keys.delete(keyId));
      return known;
    },
  };
}

async function compileSame(toolbox: Toolbox, program: QueuedProgram): Promise<Circuit | undefined> {
  const { computation: name, size, programId } = program;
  try {
    const { circuit } = await compile(toolbox, { name, size });
    if (circuit.programId === programId) return circuit;
    throw new ProgramChangedError(`${name} (${size}) of this repository is another program than the queue's`, {
      details: [`here: ${circuit.programId}`, `queued: ${programId}`],
      remedy: 'work in a checkout of the version that the run was started with',
    });
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    toolbox.onProgress({ label: `not served: ${name} (${size})`, finished: true, note: error.message });
    return undefined;
  }
}
