/** Writes one file and says what came of it. */
import { TallyError } from '../../src/errors.ts';
import { writeFileAtomic } from '../../src/files.ts';

const outcome = await writeFileAtomic(process.argv[2] as string, 'content').catch((error: unknown) => error);
const told = outcome instanceof TallyError ? `${outcome.name} ${outcome.code} ${outcome.exitCode}` : String(outcome);
process.stdout.write(`${told}\n`);
