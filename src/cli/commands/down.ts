import { down } from '../../steps/down.ts';
import type { Command } from '../command.ts';

export const downCommand: Command = {
  name: 'down',
  summary: 'stop what earlier commands started in the background',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {},
  run: async ({ config, onProgress, signal }) => {
    const stopped = await down({ config, onProgress, signal });
    return { text: stopped ? 'stopped the local chain' : 'nothing was running', json: { stopped } };
  },
};
