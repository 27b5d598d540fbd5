import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { JournalEntryError } from '../../src/errors.ts';
import { JournalEntry } from '../../src/model/JournalEntry.ts';
import { MerkleLog } from '../../src/model/MerkleLog.ts';

const vectors = JSON.parse(await readFile(new URL('../vectors/journal.json', import.meta.url), 'utf8')) as {
  entries: { desc: string; text: string; leafHash: string }[];
};
const each = test.each(vectors.entries.map((item) => [item.desc, item] as const));
const sample = vectors.entries.find(({ desc }) => desc === 'window.advanced')?.text as string;
const parse = (text: string) => JournalEntry.parse(Buffer.from(text));

describe('JournalEntry', () => {
  each('parse and toBytes: %s', (kind, { text, leafHash }) => {
    const entry = parse(text);
    expect(entry.event.kind).toBe(kind);
    expect(Buffer.from(JournalEntry.toBytes(entry)).toString()).toBe(text);
    expect(Buffer.from(MerkleLog.leafHash(JournalEntry.toBytes(entry))).toString('hex')).toBe(leafHash);
    expect(JournalEntry.subject(entry.event)).toMatch(/^(job|statement|transaction|key|window)\/[0-9a-fx/]+$/);
  });

  test.each([
    ['white space', (text: string) => text.replace(':', ': ')],
    [
      'another order',
      (text: string) => text.replace(/"stream":1,(.*?)"window":199403/, '"window":199403,$1"stream":1'),
    ],
    ['an escape that is not needed', (text: string) => text.replace('tallystick', '\\u0074allystick')],
    ['a key twice', (text: string) => text.replace('"stream":1', '"stream":1,"stream":1')],
    ['a number as text', (text: string) => text.replace('"stream":1', '"stream":"1"')],
    ['a negative number', (text: string) => text.replace('"stream":1', '"stream":-1')],
    ['a fraction', (text: string) => text.replace('"stream":1', '"stream":1.5')],
    ['an element with a leading zero', (text: string) => text.replace('"positions":"12"', '"positions":"012"')],
    ['an element beyond the field', (text: string) => text.replace('"12"', `"${2n ** 255n}"`)],
    [
      'a hash in capitals',
      (text: string) => text.replace(/0x[0-9a-f]{64}/, (hex) => `0x${hex.slice(2).toUpperCase()}`),
    ],
    ['a field too many', (text: string) => text.replace('"stream":1', '"stream":1,"stress":1')],
    ['a field too few', (text: string) => text.replace('"stream":1,', '')],
    ['an amount, which no event has', (text: string) => text.replace('{"fields":{', '{"fields":{"amount":"5",')],
    ['an unknown kind', (text: string) => text.replace('window.advanced', 'window.imagined')],
    ['a kind of every object', (text: string) => text.replace('window.advanced', 'constructor')],
    ['another version', (text: string) => text.replace('"v":1', '"v":2')],
    ['no index', (text: string) => text.replace(/"index":\d+,/, '')],
    ['something behind it', (text: string) => `${text} `],
    ['a byte-order mark', (text: string) => `\ufeff${text}`],
    ['half of it', (text: string) => text.slice(0, 100)],
    ['nothing', () => ''],
    ['ten thousand bytes', (text: string) => text.replace('tallystick', 'a'.repeat(10_000))],
  ])('error: %s', (_, change) => {
    expect(change(sample)).not.toBe(sample);
    expect(() => parse(change(sample))).toThrow(JournalEntryError);
  });
  test('error: bytes that are not UTF-8', () => {
    const bytes = Buffer.from(sample);
    bytes[30] = 0xff;
    expect(() => JournalEntry.parse(bytes)).toThrow(JournalEntryError);
  });
  test('error: an event whose fields are not what its kind says is not written', () => {
    const entry = parse(sample);
    const event = { ...entry.event, root: 2n ** 256n } as never;
    expect(() => JournalEntry.toBytes({ ...entry, event })).toThrow(JournalEntryError);
    expect(() => JournalEntry.toBytes({ ...entry, event: { ...entry.event, note: 'x' } as never })).toThrow(
      JournalEntryError,
    );
  });
});
