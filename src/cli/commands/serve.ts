import { UsageError } from '../../errors.ts';
import { serveMetrics } from '../../steps/serveMetrics.ts';
import type { Command } from '../command.ts';
import { wholeNumber } from '../numbers.ts';

const portDefault = 9464;
const portMax = 65_535;

export const serveCommand: Command = {
  name: 'serve',
  summary: 'serve Prometheus metrics of jobs, workers, outbox and chain',
  usage: '--metrics',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {
    metrics: { type: 'boolean', summary: 'what to serve' },
    port: { type: 'string', value: '<number>', summary: `default: ${portDefault}` },
    host: { type: 'string', value: '<address>', summary: 'whom to listen to; default: 127.0.0.1, this machine only' },
  },
  notes: 'See docs/operations.md for what each metric means. Ctrl-C or SIGTERM ends it.',
  run: async ({ options, config, onProgress, signal }) => {
    if (!options.metrics) throw new UsageError('say what to serve: --metrics');
    const port = wholeNumber(options.port, 'port') ?? portDefault;
    if (port > portMax) throw new UsageError(`--port takes a number up to ${portMax}`);
    await serveMetrics({ config, onProgress, signal }, { port, host: options.host as string | undefined });
    return { text: 'stopped', json: { stopped: true } };
  },
};
