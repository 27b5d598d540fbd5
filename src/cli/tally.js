#!/usr/bin/env node
// Plain JavaScript, so that an old Node can say what it lacks instead of failing on the first type annotation.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`tally needs Node 22.18 or later; this is ${process.versions.node}.`);
  console.error('  → inside the repository use `npm run tally -- …`: npm brings the right Node along');
  process.exit(5);
}
// Half of a start is compiling what has not changed since the last one.
(await import('node:module')).enableCompileCache();
await import('./main.ts');
