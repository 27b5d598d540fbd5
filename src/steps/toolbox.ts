/** @module What every step is handed: the repository's configuration, a voice and a way to be stopped. */
import type { Config } from '../config.ts';
import { CancelledError } from '../errors.ts';
import type { Traces } from '../traces.ts';
import type { OnProgress } from './progress.ts';

export type Toolbox = {
  readonly config: Config;
  readonly onProgress: OnProgress;
  /** Ends the step early, with what is finished kept. */
  readonly signal: AbortSignal;
  /** Hears what took how long, where somebody collects it. */
  readonly traces?: Traces | undefined;
};

/** Ends a step that was told to stop, between two of its effects. @throws CancelledError */
export function requireGoingOn(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new CancelledError('stopped; what is finished is kept', { remedy: 'run the command again to go on' });
}
