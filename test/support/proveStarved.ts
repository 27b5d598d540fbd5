/** A program whose prover's threads have too little memory to start. */
import { createProver } from '../../prover/index.ts';
import { loadSmall, smallInput } from './small.ts';

const { job } = await loadSmall();
const prover = createProver({ threads: 1, heapBytesMax: 8 * 2 ** 20 });
const errors: string[] = [];
for (let i = 0; i < 2; i++) {
  await prover.prove(job(smallInput)).catch((error: Error) => errors.push(error.name));
}
await prover.close();
console.log(JSON.stringify({ errors, stats: prover.stats() }));
