/** @module What steps are handed when a test calls them itself, for a project of its own. */
import { loadConfig } from '../../src/config.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import type { Project } from './project.ts';

export async function makeToolbox(project: Project, signal = new AbortController().signal): Promise<Toolbox> {
  const config = await loadConfig(project.root);
  return { config: { ...config, prover: { ...config.prover, threads: 2 } }, onProgress: () => {}, signal };
}
