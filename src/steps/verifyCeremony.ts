import { createHash } from 'node:crypto';
import { openPhase1, type Phase1 } from '../../prover/keys/ceremony/phase1.ts';
import { type VerifiedCeremony, verifyCeremony as verify } from '../../prover/keys/ceremony/verify.ts';
import { artifactBytesMax } from '../../prover/pinned.ts';
import { listSources, type SourceList } from '../compiler/sourceList.ts';
import { ArtifactMismatchError } from '../errors.ts';
import { readFileBounded, readTextBounded } from '../files.ts';
import type { Artifact, Circuit } from '../model/Circuit.ts';
import { Json } from '../model/Json.ts';
import { Manifest } from '../model/Manifest.ts';
import { VerifyingKey } from '../model/VerifyingKey.ts';
import { compile } from './compile.ts';
import type { Phase1File } from './startCeremony.ts';
import type { Toolbox } from './toolbox.ts';

export type VerifyCeremonyOptions = Phase1File & {
  readonly name: string;
  readonly size?: string | undefined;
  /** The key's file. */
  readonly key: string;
  /** A published manifest that the key must agree with. */
  readonly manifest?: string | undefined;
};

export type CeremonyReport = {
  readonly circuit: Circuit;
  /** What a manifest of this key says; its address is left open. */
  readonly manifest: Manifest;
};

/**
 * Replays a ceremony from the sources of the circuit and the phase 1 to the key, and compares it with its manifest where
 * one is given.
 * @throws CeremonyError, PtauError, ArtifactMismatchError, UnsafeKeyError, the artifact errors, the errors of `compile`
 */
export async function verifyCeremony(toolbox: Toolbox, options: VerifyCeremonyOptions): Promise<CeremonyReport> {
  const { config, onProgress, signal } = toolbox;
  const { engine } = config.prover;
  const { circuit } = await compile(toolbox, options);
  const label = `replay the ceremony of ${circuit.name}`;
  onProgress({ label });
  const phase1 = await openPhase1(options.ptau, { blake2b: options.blake2b, engine, signal });
  const bytes = await readFileBounded(options.key, { bytesMax: artifactBytesMax });
  const verified = await verify({ bytes, source: options.key }, { circuit, phase1, engine, signal });
  const sources = await listSources({ circuitsDir: config.circuitsDir, ...circuit });
  const manifest = describe({ circuit, sources, phase1, verified, bytes });
  if (options.manifest !== undefined) await compare(manifest, options.manifest);
  const { length } = verified.contributions;
  onProgress({ label, finished: true, note: `${length} contributions` });
  return { circuit, manifest };
}

type Found = {
  readonly circuit: Circuit;
  readonly sources: SourceList;
  readonly phase1: Phase1;
  readonly verified: VerifiedCeremony;
  readonly bytes: Uint8Array;
};

function describe({ circuit, sources, phase1, verified, bytes }: Found): Manifest {
  const { name, version, size, template, parameters, programId, kind, publicCount } = circuit;
  const { verifyingKey, circuitHash, contributions } = verified;
  return {
    computation: { name, version, size, template, parameters },
    source: sources,
    compiler: circuit.compiler,
    r1cs: fileHash(circuit.r1cs),
    wasm: fileHash(circuit.wasm),
    phase1: { name: phase1.name ?? null, power: phase1.ptau.power, blake2b: phase1.blake2b },
    ceremony: {
      circuitHash,
      contributions: contributions.map((each) => ({
        name: each.name ?? null,
        hash: each.hash,
        beacon: each.beacon ?? null,
      })),
    },
    provingKey: { sha256: hash('sha256', bytes), bytes: bytes.length, blake2b: hash('blake2b512', bytes), url: null },
    verifyingKey,
    registry: {
      programId,
      keyId: VerifyingKey.id(verifyingKey),
      keyClass: 'ceremony',
      kind,
      signalCount: publicCount,
    },
  };
}

async function compare(found: Manifest, path: string): Promise<void> {
  const published = Manifest.parse(Json.parse(await readTextBounded(path), path), path);
  const differing = Manifest.differences(published, found);
  if (differing.length === 0) return;
  throw new ArtifactMismatchError(`the key is not the one that ${path} describes`, {
    at: differing[0],
    details: [`differing: ${differing.slice(0, shownMax).join(', ')}${differing.length > shownMax ? ', …' : ''}`],
    remedy: 'take sources, phase 1, key and manifest of one publication',
  });
}

/** How many differences an error lists. */
const shownMax = 8;

function fileHash({ sha256, bytes }: Artifact) {
  return { sha256, bytes };
}

function hash(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
