/** Ctrl-C in the middle of the program: it ends soon, in order, and keeps what is finished. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';
import { addComputation } from '../support/sources.ts';

vi.setConfig(commandsTimeout);

async function withProject(run: (project: Project) => Promise<void>): Promise<void> {
  const project = await createProject();
  try {
    await run(project);
  } finally {
    await project.remove();
  }
}

test('Q8 Ctrl-C while it proves: exit 5, no proof, no thread left', () =>
  withProject(async (project) => {
    await addComputation(project, {
      name: 'endless',
      template: 'Endless',
      signals: { x: "{ type: 'uint', max: 2n ** 200n }" },
      body: '// HINT: pinned by the equation below.\n    signal last <-- countTo(x);\n    last === x;',
      functions:
        'function countTo(end) {\n    var i = 0;\n    while (i < end) {\n        i++;\n    }\n    return i;\n}\n',
    });
    await project.json(['keys', 'dev', 'endless']);
    await project.write('input.json', { context: 1, x: `${2n ** 150n}` });
    let pressedAt = 0;
    const ran = await project.run(['prove', 'endless', 'input.json'], {
      watch: (stderr, kill) => {
        // The keys are found: what follows is the proof.
        if (!stderr.includes('✓ keys') || pressedAt > 0) return;
        pressedAt = performance.now();
        setTimeout(() => kill('SIGINT'), 1_500);
      },
    });
    const tookMs = performance.now() - pressedAt - 1_500;
    expect({ code: ran.code, killedBy: ran.killedBy }).toEqual({ code: 5, killedBy: null });
    expect(ran.stderr).toContain('the job was cancelled');
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(tookMs).toBeLessThan(10_000);
    expect(existsSync(project.path('proof.json'))).toBe(false);
  }));

test('Q8 Ctrl-C while it compiles: exit 5, nothing half-made in the cache, and the next run succeeds', () =>
  withProject(async (project) => {
    const body = 'var i = 1; while (i > 0) { i = 1 + i % 2; }\n    signal square <== x * x;';
    await addComputation(project, { name: 'hard', template: 'Hard', body });
    const cache = project.path('.tally', 'cache', 'circuits');
    const ofHard = async () => (await readdir(cache)).filter((name) => name.includes('hard') || name.startsWith('.'));
    let pressedAt = 0;
    const ran = await project.run(['compile', 'hard'], {
      started: async (kill) => {
        // The lock is taken right before the compiler starts.
        while ((await ofHard()).length === 0) await sleep(20);
        await sleep(500);
        pressedAt = performance.now();
        kill('SIGINT');
      },
    });
    const tookMs = performance.now() - pressedAt;
    expect({ code: ran.code, killedBy: ran.killedBy }).toEqual({ code: 5, killedBy: null });
    expect(ran.stderr).toContain('was cancelled');
    expect(tookMs).toBeLessThan(10_000);
    expect(await ofHard()).toEqual([]);
    await addComputation(project, { name: 'hard', template: 'Hard', body: 'signal square <== x * x;' });
    expect(await project.json(['compile', 'hard'])).toMatchObject([{ name: 'hard' }]);
  }));
