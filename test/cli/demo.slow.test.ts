import { expect, test } from 'vitest';
import { createProject } from '../support/project.ts';

test('demo: three months of generated transfers, from nothing to disclosed positions', async () => {
  const project = await createProject();
  try {
    const { code, stdout } = await project.run(['demo', '--seed', 'a test'], { timeoutMs: 15 * 60_000 });
    expect(code).toBe(0);
    expect(stdout).toContain('the disclosed positions of all 48 participants equal plain arithmetic');
    expect(stdout.match(/^1993-0[123] /gm)?.length).toBe(3);
    expect(await project.json(['down'])).toEqual([{ stopped: true }]);
  } finally {
    await project.remove();
  }
});
