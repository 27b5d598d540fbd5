/** @module What every step is handed: the repository's configuration, a voice and a way to be stopped. */
import type { Config } from '../config.ts';
import type { OnProgress } from './progress.ts';

export type Toolbox = {
  readonly config: Config;
  readonly onProgress: OnProgress;
  /** Ends the step early, with what is finished kept. */
  readonly signal: AbortSignal;
};
