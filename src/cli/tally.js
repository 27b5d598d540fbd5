#!/usr/bin/env node
// Plain JavaScript, so that an old Node can say what it lacks instead of failing on the first type annotation.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`tally needs Node 22.18 or later; this is ${process.versions.node}.`);
  console.error('  → run `npm install --save-dev node@24`: npx and npm scripts then use it, whatever the machine has');
  process.exit(5);
}
// Half of a start is compiling what has not changed since the last one.
(await import('node:module')).enableCompileCache();
// The repository has the sources beside this file; a package has what was made of them.
const isSource = existsSync(new URL('./main.ts', import.meta.url));
await import(isSource ? './main.ts' : '../../dist/src/cli/main.js');
