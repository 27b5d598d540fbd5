import { describe, expect, test } from 'vitest';
import { lintSource } from '../../src/compiler/lintSource.ts';
import { CompileError, ExitCode } from '../../src/errors.ts';
import { squareBody, template } from './scratch.ts';

const name = 'circuits/alpha/Main.circom';

function lint(text: string): void {
  lintSource({ name, text }, 'Main');
}

/** The error that a text gives. */
function fault(text: string): CompileError {
  try {
    lint(text);
  } catch (error) {
    return error as CompileError;
  }
  throw new Error('the lint found nothing');
}

describe('lintSource', () => {
  test('accepts a template with its header', () => {
    expect(() => lint(template(squareBody))).not.toThrow();
  });

  test('Z4 accepts a hint that is explained at most three lines above', () => {
    const body = squareBody.replace(
      'y ===',
      '// HINT: pinned by z === x.\n\n\n    signal z <-- x;\n    z === x;\n    y ===',
    );
    expect(() => lint(template(body))).not.toThrow();
  });

  test.each([
    ['bare', 'signal z <-- x;'],
    ['reversed', 'signal z; x --> z;'],
    ['explained too far above', '// HINT: pinned by z === x.\n\n\n\n signal z <-- x;'],
    ['explained below', 'signal z <-- x;\n// HINT: pinned by z === x.'],
    ['explained by nothing', '// HINT:\nsignal z <-- x;'],
    ['explained in a plain comment', '// pinned by z === x\nsignal z <-- x;'],
  ])('Z4 refuses a <-- that is %s', (_, statement) => {
    const found = fault(template(squareBody.replace('y ===', `${statement}\n    y ===`)));
    expect(found).toBeInstanceOf(CompileError);
    expect(found.exitCode).toBe(ExitCode.badInput);
    expect(found.at).toMatch(/^circuits\/alpha\/Main\.circom:\d+$/);
  });

  test('Z4 names the line of the <--', () => {
    const text = template(squareBody.replace('y ===', 'signal z <-- x;\n    y ==='));
    const line = text.split('\n').findIndex((candidate) => candidate.includes('<--')) + 1;
    expect(fault(text).at).toBe(`${name}:${line}`);
  });

  test('behavior: a <-- in a comment is none', () => {
    expect(() => lint(template(squareBody.replace('y ===', '// never z <-- x here\n    y ===')))).not.toThrow();
  });

  test.each(['@title', '@notice', '@requires'])('error: a header without %s', (tag) => {
    expect(fault(template(squareBody).replace(tag, 'about')).shortMessage).toContain(tag);
  });

  test('behavior: a file with a function only needs no @requires', () => {
    const text = template('function two() { return 2; }').replace('@requires nothing.', '');
    expect(() => lintSource({ name: 'circuits/lib/two.circom', text })).not.toThrow();
  });

  test('error: a main component', () => {
    expect(fault(template(`${squareBody}\ncomponent main = Main();`))).toBeInstanceOf(CompileError);
  });

  test('error: an output of the main template', () => {
    const text = template(squareBody.replace('signal input y', 'signal output y'));
    expect(fault(text).at).toBe(`${name}:${text.split('\n').findIndex((line) => line.includes('output')) + 1}`);
  });

  test('behavior: another template may have outputs', () => {
    expect(() => lint(template(`${squareBody}\ntemplate Other() { signal output z; z <== 1; }`))).not.toThrow();
  });

  test('error: the main template is missing', () => {
    expect(fault(template('template Other() { signal input z; }'))).toBeInstanceOf(CompileError);
  });
});
