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
    const names = [...(stopped.chain ? ['the local chain'] : []), ...(stopped.database ? ['the database'] : [])];
    return {
      text: names.length > 0 ? `stopped ${names.join(' and ')}` : 'nothing was running',
      json: { stopped: names.length > 0 },
    };
  },
};
