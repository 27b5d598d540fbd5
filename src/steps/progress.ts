/** @module What a long step says while it works. Whoever shows it decides how; a step never prints. */

export type Progress = {
  /** What is being done, such as `compiling netting`. */
  readonly label: string;
  readonly done?: number;
  readonly total?: number;
  /** The step is over; its line stays on the screen. */
  readonly finished?: boolean;
  /** A short fact at the end of the line, such as `55,589 constraints`. */
  readonly note?: string;
};

export type OnProgress = (progress: Progress) => void;
