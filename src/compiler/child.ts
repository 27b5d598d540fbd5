/**
 * @module The process in which circom runs. It is started by `runCircom` with a staging folder and circom's arguments;
 * circom sees that folder as `/src` and `/out` and nothing else of the machine. A synchronous WebAssembly compile cannot
 * be interrupted from inside, hence a process of its own that the parent can end.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

type Bindings = Readonly<Record<string, unknown>>;
type RunnerOptions = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly preopens: Readonly<Record<string, string>>;
  readonly bindings: Bindings;
};
type Circom2 = {
  readonly CircomRunner: new (options: RunnerOptions) => { execute(wasm: Uint8Array): Promise<unknown> };
  readonly bindings: Bindings;
};

const require = createRequire(import.meta.url);
const circom2: Circom2 = require('circom2');
const wasm = fs.readFileSync(require.resolve('circom2/circom.wasm'));
const [stagingDir = '', ...args] = process.argv.slice(2);

/** Tells a trap of the WebAssembly from circom's own exit codes. */
const crashed = 70;

// The version comes first, so that the parent can refuse a compiler other than the pinned one.
await run(['--version']);
await run(args);

async function run(circomArgs: readonly string[]): Promise<void> {
  const runner = new circom2.CircomRunner({
    args: circomArgs,
    env: {},
    preopens: { '/src': join(stagingDir, 'src'), '/out': join(stagingDir, 'out') },
    bindings: { ...circom2.bindings, fs },
  });
  try {
    await runner.execute(wasm);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'number') process.exit(code);
    fs.writeSync(process.stderr.fd, `the compiler crashed: ${error}\n`);
    process.exit(crashed);
  }
}
