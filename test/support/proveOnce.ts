/** A program that proves, closes its prover and does nothing to end itself. */
import { createProver } from '../../prover/index.ts';
import { loadSmall, smallInput } from './small.ts';

const { job } = await loadSmall();
const prover = createProver({ threads: 2 });
const { signals } = await prover.prove(job(smallInput));
await prover.close();
console.log(JSON.stringify({ signals: signals.map(String) }));
