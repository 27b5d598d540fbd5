#!/usr/bin/env node
// Forge wants a native solc binary; this shim lets it use the WebAssembly compiler that npm installs.
// It answers the two calls forge makes: `--version`, and standard JSON on standard input.
const { readFileSync, writeSync } = require('node:fs');
const solc = require('solc');

/** Writes all of the text, however small the pipe is: a compiled project is larger than one write takes. */
function print(text) {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

if (process.argv.includes('--version')) {
  // Forge parses the platform out of the version and knows no Emscripten.
  print(`solc, the solidity compiler\nVersion: ${solc.version().replace('.Emscripten.clang', '.Linux.g++')}\n`);
} else if (process.argv.includes('--standard-json')) {
  print(solc.compile(readFileSync(0, 'utf8')));
} else {
  process.stderr.write('solc shim: only --version and --standard-json are answered\n');
  process.exitCode = 1;
}
