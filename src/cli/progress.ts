/**
 * @module Shows progress on standard error: one live line on a terminal, a line per finished step and per ten seconds
 * anywhere else, so that logs stay short.
 */
import type { OnProgress, Progress } from '../steps/progress.ts';

const barWidth = 24;
const quietMs = 10_000;

export type ProgressView = { readonly show: OnProgress; readonly end: () => void };

/** A view that draws to a stream; `silent` for `--json`. */
export function createProgressView(stream: NodeJS.WriteStream, mode: 'shown' | 'silent'): ProgressView {
  if (mode === 'silent') return { show: () => {}, end: () => {} };
  const started = new Map<string, number>();
  let live = false;
  let lastLineAt = Date.now();
  const show = (progress: Progress): void => {
    const since = started.get(progress.label) ?? Date.now();
    started.set(progress.label, since);
    const line = format(progress, (Date.now() - since) / 1000);
    if (progress.finished) started.delete(progress.label);
    if (stream.isTTY) {
      stream.write(`\r\u001b[2K${clip(line, stream.columns)}${progress.finished ? '\n' : ''}`);
      live = !progress.finished;
    } else if (progress.finished || Date.now() - lastLineAt >= quietMs) {
      stream.write(`${line}\n`);
      lastLineAt = Date.now();
    }
  };
  const end = (): void => {
    if (live) stream.write('\r\u001b[2K');
    live = false;
  };
  return { show, end };
}

function format({ label, done, total, finished, note }: Progress, seconds: number): string {
  const mark = finished ? '✓' : '·';
  const bar = !finished && total ? ` ${drawBar((done ?? 0) / total)} ${done ?? 0}/${total}` : '';
  const time = seconds >= 0.1 ? `  ${seconds.toFixed(1)} s` : '';
  return `${mark} ${label}${bar}${note ? `  ${note}` : ''}${time}`;
}

function drawBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
}

function clip(line: string, columns: number | undefined): string {
  return columns && line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}
