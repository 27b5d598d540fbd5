import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { CheckpointFormatError, CheckpointSignatureError } from '../../src/errors.ts';
import { Checkpoint } from '../../src/model/Checkpoint.ts';
import { NoteKey, SignedNote } from '../../src/model/SignedNote.ts';

type Case = {
  readonly desc: string;
  readonly seed: string;
  readonly vkey: string;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly text: string;
  readonly hash: string;
  readonly note: string;
  readonly witness: string;
  readonly timeSec: number;
  readonly cosigned: string;
};

const vectors = JSON.parse(await readFile(new URL('../vectors/journal.json', import.meta.url), 'utf8')) as {
  notes: { desc: string; note: string; vkey: string }[];
  checkpoints: Case[];
};
const each = test.each(vectors.checkpoints.map((item) => [item.desc, item] as const));
const sample = vectors.checkpoints[2] as Case;
const sampleKey = NoteKey.parse(sample.vkey);
const open = (note: string) => Checkpoint.open(note, sampleKey);

/** The example in c2sp.org/tlog-checkpoint, with the cosignature of c2sp.org/tlog-cosignature. */
const specified = [
  ...['example.com/behind-the-sofa', '20852163', 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', ''],
  '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=',
  '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==',
  '',
].join('\n');

describe('SignedNote', () => {
  test('default: the published note of Go’s sumdb verifies with its published key', () => {
    for (const { note, vkey } of vectors.notes) {
      const parsed = SignedNote.parse(note);
      SignedNote.verify(parsed, NoteKey.parse(vkey));
      expect(SignedNote.format(parsed)).toBe(note);
      const changed = { ...parsed, text: parsed.text.replace('the', 'The') };
      expect(() => SignedNote.verify(changed, NoteKey.parse(vkey))).toThrow(CheckpointSignatureError);
    }
  });
  test('behavior: text may have empty lines; the last one parts it from the signatures', () => {
    const parsed = SignedNote.parse('a\n\nb\n\n— k AAAAAAA=\n');
    expect(parsed).toMatchObject({ text: 'a\n\nb\n', signatures: [{ name: 'k', keyId: 0 }] });
  });
  test.each([
    ['no signature', 'a\n'],
    ['no empty line', 'a\n— k AAAAAAA=\n'],
    ['no end of line', 'a\n\n— k AAAAAAA='],
    ['a hyphen for the dash', 'a\n\n- k AAAAAAA=\n'],
    ['two spaces', 'a\n\n—  k AAAAAAA=\n'],
    ['a plus in the name', 'a\n\n— k+ AAAAAAA=\n'],
    ['base64 without padding', 'a\n\n— k AAAAAAA\n'],
    ['base64 with spare bits', 'a\n\n— k AAAAAAB=\n'],
    ['a signature of nothing', 'a\n\n— k AAAAAA==\n'],
    ['a carriage return', 'a\r\n\n— k AAAAAAA=\n'],
    ['a tab', 'a\tb\n\n— k AAAAAAA=\n'],
    ['half a surrogate pair', 'a\ud800\n\n— k AAAAAAA=\n'],
    ['17 signatures', `a\n\n${'— k AAAAAAA=\n'.repeat(17)}`],
    ['a megabyte', `${'a'.repeat(2 ** 20)}\n\n— k AAAAAAA=\n`],
  ])('error: %s', (_, note) => {
    expect(() => SignedNote.parse(note)).toThrow(CheckpointFormatError);
  });
});

describe('NoteKey', () => {
  each('parse, format and fromSeed: %s', (_, { vkey, seed, origin }) => {
    expect(NoteKey.format(NoteKey.parse(vkey))).toBe(vkey);
    expect(NoteKey.format(NoteKey.fromSeed(origin, Buffer.from(seed, 'hex')).key)).toBe(vkey);
  });
  test('error: another id, another type, a byte less, no name', () => {
    const { vkey } = sample;
    const [name, id, key] = vkey.split('+') as [string, string, string];
    const other = Buffer.from(vkey.slice(name.length + id.length + 2), 'base64');
    const typed = Buffer.concat([Buffer.of(2), other.subarray(1)]).toString('base64');
    const short = other.subarray(0, -1).toString('base64');
    const flipped = `${id.slice(0, -1)}${id.endsWith('0') ? 1 : 0}`;
    const bad = [
      `${name}+${flipped}+${key}`,
      `${name}+${id}+${typed}`,
      `${name}+${id}+${short}`,
      `+${id}+${key}`,
      name,
      '',
    ];
    for (const text of bad) expect(() => NoteKey.parse(text)).toThrow(CheckpointFormatError);
  });
});

describe('Checkpoint', () => {
  each('text, hash, sign and open: %s', (_, item) => {
    const checkpoint = { origin: item.origin, size: item.size, root: Buffer.from(item.root, 'hex') };
    expect(Checkpoint.text(checkpoint)).toBe(item.text);
    expect(Checkpoint.hash(checkpoint)).toBe(item.hash);
    const signer = NoteKey.fromSeed(item.origin, Buffer.from(item.seed, 'hex'));
    expect(Checkpoint.sign(checkpoint, signer)).toBe(item.note);
    expect(Checkpoint.open(item.note, NoteKey.parse(item.vkey)).checkpoint).toEqual(checkpoint);
  });
  each('cosignature: %s', (_, { cosigned, vkey, witness, timeSec, hash }) => {
    const { checkpoint, note } = Checkpoint.open(cosigned, NoteKey.parse(vkey));
    expect(Checkpoint.hash(checkpoint)).toBe(hash);
    const cosignature = Checkpoint.cosignature(note, NoteKey.parse(witness));
    expect(cosignature).toEqual({ witness: 'witness.example/w1', timeSec });
    expect(Checkpoint.cosignature(open(sample.note).note, NoteKey.parse(witness))).toBeUndefined();
  });
  test('default: the example of the specification', () => {
    const note = SignedNote.parse(specified);
    expect(Checkpoint.parseText(note.text)).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(note.signatures.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['example.com/behind-the-sofa', 64],
      ['witness.example.com/w1', 72],
    ]);
    expect(SignedNote.format(note)).toBe(specified);
  });

  test('error: every changed byte of a note', () => {
    const bytes = Buffer.from(sample.note);
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] as number) ^ 1;
      expect(() => open(changed.toString()), `byte ${i}`).toThrow(/./);
    }
  });
  test('error: a cosignature with another time, text or length', () => {
    const note = SignedNote.parse(sample.cosigned);
    const witness = NoteKey.parse(sample.witness);
    const [own, co] = note.signatures as [(typeof note.signatures)[0], (typeof note.signatures)[0]];
    const later = Buffer.from(co.bytes);
    later[7] = (later[7] as number) + 1;
    const bad = [
      { ...note, signatures: [own, { ...co, bytes: later }] },
      { ...note, text: note.text.replace('13', '14') },
    ];
    for (const each of bad) expect(() => Checkpoint.cosignature(each, witness)).toThrow(CheckpointSignatureError);
    const short = { ...note, signatures: [{ ...co, bytes: co.bytes.subarray(1) }] };
    expect(() => Checkpoint.cosignature(short, witness)).toThrow(CheckpointFormatError);
    expect(() => Checkpoint.cosignature(note, sampleKey)).toThrow(CheckpointFormatError);
  });
  test('error: a note that another key signed, or a good signature beside a bad one', () => {
    const stranger = NoteKey.fromSeed(sample.origin, Buffer.alloc(32, 7));
    const checkpoint = Checkpoint.parseText(sample.text);
    expect(() => open(Checkpoint.sign(checkpoint, stranger))).toThrow(CheckpointSignatureError);
    const [own] = SignedNote.parse(sample.note).signatures as [{ name: string; keyId: number; bytes: Uint8Array }];
    const twice = SignedNote.format({ text: sample.text, signatures: [own, { ...own, bytes: Buffer.alloc(64) }] });
    expect(() => open(twice)).toThrow(CheckpointSignatureError);
    const foreign = NoteKey.fromSeed('other.example', Buffer.alloc(32, 7));
    expect(() => Checkpoint.sign(checkpoint, foreign)).toThrow(CheckpointSignatureError);
    expect(() => Checkpoint.open(sample.note, foreign.key)).toThrow(CheckpointSignatureError);
  });
  test.each([
    ['a size with a leading zero', (text: string) => text.replace('\n13\n', '\n013\n')],
    ['a negative size', (text: string) => text.replace('\n13\n', '\n-13\n')],
    ['a size beyond 2^53', (text: string) => text.replace('\n13\n', `\n${2n ** 53n}\n`)],
    ['no origin', (text: string) => text.slice(text.indexOf('\n'))],
    ['a root of 31 bytes', (text: string) => text.replace(/\S+\n$/, `${Buffer.alloc(31).toString('base64')}\n`)],
    ['an extension line', (text: string) => `${text}extra\n`],
    ['a line less', (text: string) => text.replace(/\S+\n$/, '')],
  ])('error: %s', (_, change) => {
    expect(() => Checkpoint.parseText(change(sample.text))).toThrow(CheckpointFormatError);
  });
  test('R6 isFork: one size and two roots, of one log', () => {
    const head = Checkpoint.parseText(sample.text);
    const rival = { ...head, root: Buffer.alloc(32, 1) };
    expect(Checkpoint.isFork(head, rival)).toBe(true);
    expect(Checkpoint.isFork(head, head)).toBe(false);
    expect(Checkpoint.isFork(head, { ...rival, size: 14 })).toBe(false);
    expect(Checkpoint.isFork(head, { ...rival, origin: 'other.example' })).toBe(false);
  });
});
