import { netWindows } from '../../pipeline.ts';
import { generateObligations } from '../../steps/generateObligations.ts';
import { openChain } from '../../steps/openChain.ts';
import type { Command } from '../command.ts';
import { netJson, netText } from '../netReport.ts';
import { workerCount } from '../numbers.ts';

/** Three chunks of 64 in each window, so that two workers have something to share. */
const obligationsPerWindow = 190;
const windowCount = 3;
const threadsDefault = 2;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'net three months of transfers between fourteen banks, from obligations to records on a local chain',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {
    threads: { type: 'string', value: '<number>', summary: `workers; default: ${threadsDefault}` },
    seed: { type: 'string', value: '<text>', summary: 'other obligations than the usual ones' },
  },
  notes: [
    "The obligations are generated, of the shape that the PKDD'99 bank data has; nothing is fetched. Everything that is",
    'kept lies in the data folder (.tally); the local chain goes on running until `tally down`.',
  ].join('\n'),
  run: async ({ options, config, onProgress, signal, traces }) => {
    const toolbox = { config, onProgress, signal, traces };
    const threads = workerCount(options.threads) ?? threadsDefault;
    const started = performance.now();
    const seed = (options.seed as string | undefined) ?? 'demo';
    const books = generateObligations({ seed, windows: windowCount, obligationsPerWindow });
    const session = await openChain(toolbox);
    try {
      const { journal } = session;
      const result = await netWindows(toolbox, session, { books, stream: 'next', threads, journal });
      const seconds = (performance.now() - started) / 1000;
      return { text: `\n${netText(result)}\n\n${epilogue(seconds)}`, json: { ...netJson(result), seconds } };
    } finally {
      await session.close();
    }
  },
};

/** A package has JavaScript and its own program; the repository runs its sources by a script. */
const called = import.meta.url.endsWith('.ts') ? 'npm run tally --' : 'npx tally';

function epilogue(seconds: number): string {
  return [
    `Done in ${seconds.toFixed(0)} s. Amounts are in CZK. Every chunk of a window is one Groth16 proof: that its`,
    'obligations are well-formed, belong to the window, and move the hidden net positions by exactly their amounts. The',
    'contracts verified each one. Only the net positions were disclosed; they are all that has to be paid.',
    '',
    `Next: \`${called} --help\`, README.md. To stop the local chain: \`${called} down\`.`,
  ].join('\n');
}
