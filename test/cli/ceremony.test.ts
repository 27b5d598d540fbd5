import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verify } from '../../prover/verify.ts';
import { commands } from '../../src/cli/commands.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import {
  ArtifactMismatchError,
  CeremonyError,
  InputFileError,
  PtauError,
  UnsafeKeyError,
  UsageError,
} from '../../src/errors.ts';
import type { Hex } from '../../src/model/Hex.ts';
import { Json } from '../../src/model/Json.ts';
import { Manifest } from '../../src/model/Manifest.ts';
import { findKeys } from '../../src/steps/findKeys.ts';
import { planStatements } from '../../src/steps/planStatements.ts';
import { prepare } from '../../src/steps/prepare.ts';
import { prove, requireAll } from '../../src/steps/prove.ts';
import { people, squarePhase1 } from '../support/ceremony.ts';
import { schemaFaults } from '../support/jsonSchema.ts';

type Options = Readonly<Record<string, string>>;

let folder: string;
let config: Config;
let phase1: { ptau: string; blake2b: string };
let hashes: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-ceremony-'));
  config = { ...(await loadConfig(process.cwd())), dataDir: join(folder, 'data') };
  phase1 = await squarePhase1();
  await tally('ceremony start', ['square'], phase1);
  hashes = [];
  for (const [i, name] of people.entries()) {
    const [from] = [file(i)];
    await writeFile(join(folder, 'dice.txt'), `${name} threw 4 4 2 6`);
    hashes.push((await tally('ceremony contribute', [from], { name, 'entropy-file': 'dice.txt' })).hash as string);
  }
  const beacon = await tally('ceremony beacon', [file(3)], { hash: `0x${'5a'.repeat(32)}` });
  hashes.push(beacon.hash as string);
  await tally('ceremony publish', ['square', file(4)], { ...phase1, url: 'https://example.org/square.zkey' });
}, 240_000);
afterAll(() => rm(folder, { recursive: true }));

describe('a ceremony by files handed around', () => {
  test('default: its key is a ceremony key of this repository, its manifest tells where it comes from', async () => {
    const manifest = await readManifest();
    expect(manifest.ceremony.contributions.map(({ hash }) => hash)).toEqual(hashes);
    expect(manifest.ceremony.contributions.map(({ name }) => name)).toEqual([...people, 'beacon']);
    expect(manifest).toMatchObject({
      computation: { name: 'square', size: 'default' },
      phase1: { name: null, power: 7, blake2b: phase1.blake2b },
      provingKey: { url: 'https://example.org/square.zkey' },
    });
    expect(manifest.source.files.map(({ name }) => name)).toContain('circuits/square/Square.circom');
    const { circuit } = await prepare(toolbox(), { name: 'square', key: manifest.registry.keyId });
    expect(circuit.programId).toBe(manifest.registry.programId);
    const keys = await findKeys(toolbox(), circuit, manifest.registry.keyId.slice(0, 10));
    expect(keys).toMatchObject({ keyId: manifest.registry.keyId, verifyingKey: { keyClass: 'ceremony' } });
    expect(keys.provingKey.sha256).toBe(manifest.provingKey.sha256);
  });

  test('behavior: it proves', async () => {
    const { registry } = await readManifest();
    const prepared = await prepare(toolbox(), { name: 'square', key: registry.keyId });
    const inputs = [{ id: '1', input: { context: 1, x: 12 } }];
    const [proof] = requireAll(
      await prove(toolbox(), planStatements(prepared, { inputs, place: undefined }), { threads: 1 }),
    );
    expect(proof).toMatchObject({ keyId: registry.keyId, keyClass: 'ceremony', signals: [1n, 144n] });
    if (proof) await verify(prepared.keys.verifyingKey, proof.signals, proof.proof);
  });

  test('behavior: others take the key in after replaying its ceremony against the manifest', async () => {
    const elsewhere = { ...config, dataDir: join(folder, 'elsewhere') };
    const options = { ...phase1, manifest: 'manifest.json' };
    const imported = await tally('keys import', ['square', file(4)], options, elsewhere);
    expect(imported).toMatchObject({ keyClass: 'ceremony', keyId: (await readManifest()).registry.keyId });
  });

  test('behavior: a file of a ceremony that goes on is verified as far as it goes', async () => {
    const report = await tally('ceremony verify', ['square', file(2)], phase1);
    expect(report).toMatchObject({ valid: true, finished: false });
    expect(await tally('ceremony verify', ['square', file(4)], { ...phase1, manifest: 'manifest.json' })).toMatchObject(
      {
        valid: true,
        finished: true,
      },
    );
  });

  test('L17 the initial key is not taken in, with its phase 1 or without', async () => {
    await fails(UnsafeKeyError, 'keys import', ['square', file(0)], {});
    await fails(UnsafeKeyError, 'keys import', ['square', file(0)], phase1);
    await fails(UnsafeKeyError, 'ceremony publish', ['square', file(0)], phase1);
  });

  test('L16 without its beacon a key is not published', async () => {
    await fails(CeremonyError, 'ceremony publish', ['square', file(3)], phase1);
    await fails(CeremonyError, 'ceremony contribute', [file(4)], { name: 'late' });
    await fails(CeremonyError, 'ceremony beacon', [file(0)], { hash: '5a'.repeat(32) });
  });

  test('L16 a contributor renamed, a step left out, another ceremony: not what the manifest tells', async () => {
    const renamed = await readFile(join(folder, file(4)));
    renamed.write('Eve', renamed.indexOf('Ada'));
    await writeFile(join(folder, 'renamed.zkey'), renamed);
    const options = { ...phase1, manifest: 'manifest.json' };
    const error = await fails(ArtifactMismatchError, 'ceremony verify', ['square', 'renamed.zkey'], options);
    expect(error.at).toBe('ceremony.contributions.0.name');
    await tally('ceremony beacon', [file(2)], { hash: '5a'.repeat(32), out: 'short.zkey' });
    await fails(ArtifactMismatchError, 'ceremony verify', ['square', 'short.zkey'], options);
    await fails(ArtifactMismatchError, 'keys import', ['square', 'short.zkey'], options);
  });

  test('L15 a phase 1 that nobody published needs its hash, and the right one', async () => {
    const { ptau } = phase1;
    await fails(PtauError, 'ceremony start', ['square'], { ptau, out: 'never.zkey' });
    await fails(PtauError, 'ceremony verify', ['square', file(4)], { ptau, blake2b: '0'.repeat(128) });
    await expect(readFile(join(folder, 'never.zkey'))).rejects.toThrow('ENOENT');
  });

  test('error: a key that is there as a development key', async () => {
    const twice = { ...config, dataDir: join(folder, 'twice') };
    await tally('keys import', ['square', file(4)], {}, twice);
    await fails(ArtifactMismatchError, 'keys import', ['square', file(4)], phase1, twice);
  });

  test('error: words that are missing or wrong', async () => {
    await fails(UsageError, 'ceremony start', ['square'], {});
    await fails(UsageError, 'ceremony contribute', [file(0)], {});
    await fails(UsageError, 'ceremony contribute', [file(0)], { name: 'Ada', out: file(0) });
    await fails(UsageError, 'ceremony beacon', [file(3)], {});
    await fails(UsageError, 'ceremony beacon', [file(3)], { hash: '5a'.repeat(32), iterations: '1e1' });
    await fails(UsageError, 'ceremony publish', ['square', file(4)], { ...phase1, url: 'ftp://example.org/a' });
    await fails(UsageError, 'ceremony publish', ['square', file(4)], { ...phase1, url: 'https://u:p@example.org/a' });
    await fails(UsageError, 'keys import', ['square', file(4)], { manifest: 'manifest.json' });
    await fails(InputFileError, 'ceremony verify', ['square', 'nowhere.zkey'], phase1);
  });

  test('error: a key id that is none, or that no key has', async () => {
    const { circuit } = await prepare(toolbox(), { name: 'square', key: (await readManifest()).registry.keyId });
    await expect(findKeys(toolbox(), circuit, '0x12')).rejects.toThrow(UsageError);
    await expect(findKeys(toolbox(), circuit, '../etc')).rejects.toThrow(UsageError);
    await expect(findKeys(toolbox(), circuit, `0x${'00'.repeat(32)}`)).rejects.toThrow(InputFileError);
  });
});

describe('manifest.json', () => {
  test('default: is of its schema, and parses to what it was', async () => {
    const json = await readJson('manifest.json');
    const schema = JSON.parse(await readFile(new URL('../../schemas/manifest.schema.json', import.meta.url), 'utf8'));
    expect(schemaFaults(json, schema)).toEqual([]);
    expect(JSON.parse(Json.stringify(Manifest.toJson(Manifest.parse(json, 'manifest'))))).toEqual(json);
  });

  test('error: a member that is missing, of another kind or too many, everywhere', async () => {
    const json = await readJson('manifest.json');
    const schema = JSON.parse(await readFile(new URL('../../schemas/manifest.schema.json', import.meta.url), 'utf8'));
    let tried = 0;
    for (const path of pathsOf(json)) {
      // Entries of a list may be fewer, and parameters and points have forms of their own.
      for (const change of ['drop', 'replace', 'add'] as const) {
        const damaged = damage(json, path, change);
        if (damaged === undefined) continue;
        tried++;
        expect(schemaFaults(damaged, schema), `${change} ${path.join('.')}`).not.toEqual([]);
        expect(() => Manifest.parse(damaged as never, 'manifest'), `${change} ${path.join('.')}`).toThrow(
          expect.objectContaining({ exitCode: 4 }),
        );
      }
    }
    expect(tried).toBeGreaterThan(100);
  });

  test('error: a manifest that registers another key than it shows', async () => {
    const json = (await readJson('manifest.json')) as { registry: { keyId: Hex } };
    const other = { ...json, registry: { ...json.registry, keyId: `0x${'11'.repeat(32)}` } };
    expect(() => Manifest.parse(other as never, 'manifest')).toThrow(
      expect.objectContaining({ code: 'artifact_format' }),
    );
  });

  test('L16 every single claim of a manifest is compared', async () => {
    const manifest = await readManifest();
    const claims = { ...manifest, provingKey: { ...manifest.provingKey, url: null } };
    expect(Manifest.differences(manifest, claims)).toEqual([]);
    const json = await readJson('manifest.json');
    let compared = 0;
    for (const path of pathsOf(json).filter(([first]) => first !== 'version' && first !== 'verifyingKey')) {
      if (path.join('.') === 'provingKey.url') continue;
      const changed = damage(json, path, 'alter');
      if (changed === undefined) continue;
      compared++;
      const { version: _, ...rest } = changed as Record<string, unknown>;
      const other = { ...rest, verifyingKey: manifest.verifyingKey } as unknown as Manifest;
      expect(Manifest.differences(manifest, other)).toEqual([path.join('.')]);
    }
    expect(compared).toBeGreaterThan(40);
  });
});

function file(count: number): string {
  return `square-default-${String(count).padStart(4, '0')}.zkey`;
}

function toolbox(of = config) {
  return { config: of, onProgress: () => {}, signal: new AbortController().signal };
}

/** Runs a command as the program does, in the test's folder. */
async function tally(
  name: string,
  positionals: readonly string[],
  options: Options,
  of = config,
): Promise<Record<string, unknown>> {
  const command = commands.find((each) => each.name === name);
  if (!command) throw new Error(`there is no command ${name}`);
  for (const option of Object.keys(options)) expect(Object.keys(command.options)).toContain(option);
  const { json, text } = await command.run({ positionals, options, cwd: folder, ...toolbox(of) });
  expect(text).not.toBe('');
  return json as Record<string, unknown>;
}

async function fails<E extends Error>(
  expected: new (...args: never[]) => E,
  ...call: Parameters<typeof tally>
): Promise<E> {
  const error = await tally(...call).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(expected);
  expect(error.exitCode).toBe(expected === (UsageError as unknown) || expected === (InputFileError as unknown) ? 2 : 4);
  return error;
}

async function readJson(name: string) {
  return Json.parse(await readFile(join(folder, name), 'utf8'));
}

async function readManifest(): Promise<Manifest> {
  return Manifest.parse(await readJson('manifest.json'), 'manifest');
}

/** The paths of all members and entries. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [[...path, name], ...pathsOf(member, [...path, name])]);
}

/** A copy with one member changed, or undefined where such a change is allowed. */
function damage(json: unknown, path: readonly string[], change: 'drop' | 'replace' | 'add' | 'alter'): unknown {
  const copy = JSON.parse(JSON.stringify(json));
  let parent = copy;
  for (const name of path.slice(0, -1)) parent = parent[name];
  const name = path.at(-1) as string;
  const isEntry = Array.isArray(parent);
  if (change === 'drop') {
    if (isEntry) return undefined;
    delete parent[name];
  } else if (change === 'replace') {
    parent[name] = ['no such thing'];
  } else if (change === 'add') {
    if (typeof parent[name] !== 'object' || parent[name] === null || Array.isArray(parent[name])) return undefined;
    if (name === 'verifyingKey' || name === 'parameters') return undefined;
    parent[name].more = 1;
  } else {
    if (typeof parent[name] === 'object' && parent[name] !== null) return undefined;
    parent[name] = typeof parent[name] === 'number' ? parent[name] + 1 : `${parent[name]}0`;
  }
  return copy;
}
