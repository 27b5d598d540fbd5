import { describe, expect, test } from 'vitest';
import { Failure, Outcome, Task } from '../../prover/task.ts';
import * as errors from '../../src/errors.ts';
import { InternalError, TallyError, UnsatisfiedError, WorkerFailedError } from '../../src/errors.ts';
import { Point } from '../../src/model/Point.ts';

/** What a thread makes of a value that is sent to it. */
const sent = <T>(value: T): T => structuredClone(value);

describe('Failure', () => {
  test('default: an error comes back as it was', () => {
    const error = new UnsatisfiedError('false', { at: 'here', details: ['a', 'b'], remedy: 'do this' });
    const back = Failure.toError(sent(Failure.from(error)));
    expect(back).toBeInstanceOf(UnsatisfiedError);
    expect(back.message).toBe(error.message);
    expect(back.toJSON()).toEqual(error.toJSON());
  });

  test('behavior: every class comes back as itself', () => {
    const classes = Object.values(errors).filter(
      (value): value is typeof UnsatisfiedError => typeof value === 'function' && value.prototype instanceof TallyError,
    );
    expect(classes.length).toBeGreaterThan(40);
    for (const Class of classes) {
      const back = Failure.toError(sent(Failure.from(new Class('text', {}))));
      expect(back.constructor).toBe(Class);
      expect(back).toMatchObject({ name: Class.name, shortMessage: 'text', details: [] });
    }
  });

  test('behavior: of a foreign error, only its class and place come along', () => {
    const secret = '1234567890123456789';
    const foreign = new SyntaxError(`cannot convert ${secret} to a BigInt`, { cause: secret });
    const failure = Failure.from(foreign);
    expect(JSON.stringify(failure)).not.toContain(secret);
    expect(failure.shortMessage).toBe('the worker failed with SyntaxError');
    expect(failure.at).toMatch(/^task\.test\.ts:\d+:\d+$/);
    expect(Failure.toError(failure)).toBeInstanceOf(WorkerFailedError);
    for (const thrown of [secret, undefined, null, { secret }]) {
      expect(JSON.stringify(Failure.from(thrown))).not.toContain(secret);
    }
  });

  test('error: a name that is no class of ours', () => {
    for (const name of ['TypeError', 'TallyError', 'ExitCode', 'toString', '__proto__', '']) {
      const failure = { name, shortMessage: 'text', at: undefined, details: [], remedy: undefined };
      expect(Failure.toError(failure).constructor).toBe(WorkerFailedError);
    }
  });
});

describe('Outcome and Task', () => {
  const done = {
    signals: [1n],
    proof: { a: Point.g1Generator, b: Point.g2Generator, c: Point.g1Generator },
    witnessMs: 1,
    loadMs: 1,
    proveMs: 1,
    verifyMs: 1,
    stages: {},
  };

  test('default', () => {
    expect(Outcome.parse(sent({ ok: true, done }))).toEqual({ ok: true, done });
  });

  test('error: anything else', () => {
    const bad = [
      undefined,
      null,
      1,
      'ok',
      {},
      { ok: true },
      { ok: false },
      { ok: true, done: { ...done, signals: [1] } },
    ];
    for (const message of bad) expect(() => Outcome.parse(message)).toThrow(InternalError);
    for (const message of [...bad, { engine: 'x' }]) expect(() => Task.parse(message)).toThrow(InternalError);
  });
});
