import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { readTextBounded, writeFileAtomic } from '../../files.ts';
import { Base64 } from '../../model/Base64.ts';
import { Checkpoint } from '../../model/Checkpoint.ts';
import { Hex } from '../../model/Hex.ts';
import { JournalEntry } from '../../model/JournalEntry.ts';
import type { Hash } from '../../model/MerkleLog.ts';
import { NoteKey } from '../../model/SignedNote.ts';
import { findAnchors } from '../../steps/findAnchors.ts';
import { defaultTenant, type JournalSession } from '../../steps/openJournal.ts';
import { proveContinuation, proveEntries } from '../../steps/proveJournal.ts';
import { signJournal } from '../../steps/signJournal.ts';
import { verifyJournal } from '../../steps/verifyJournal.ts';
import { withJournal } from '../../steps/withJournal.ts';
import type { Command, Invocation, Option } from '../command.ts';
import { count, facts } from '../table.ts';

const tenantOption: Option = { type: 'string', value: '<name>', summary: `whose journal; default: ${defaultTenant}` };
const noteBytesMax = 262_144;

export const journalVerifyCommand: Command = {
  name: 'journal verify',
  summary: 'verify the journal from its first entry on, against every head that was signed',
  usage: '[<checkpoint> …]',
  positionalsMin: 0,
  positionalsMax: 100,
  options: {
    tenant: tenantOption,
    anchors: { type: 'boolean', summary: 'hold it against the heads that are anchored on the chain, too' },
  },
  notes: [
    'Checkpoints that others have kept may be named: they show what a restored or rewritten database hides. What is',
    'wrong is named with the number of its entry, and the exit code is 6; two signed heads of one size are kept as a file.',
  ].join('\n'),
  run: async (invocation) => {
    const heads = invocation.positionals.map((path) => resolve(invocation.cwd, path));
    const anchors = invocation.options.anchors ? await findAnchors(invocation) : [];
    return inJournal(invocation, async (session) => {
      const { origin, size, root, checkpoints } = await verifyJournal(invocation, session, { heads, anchors });
      const key = NoteKey.format(session.signer.key);
      return {
        text: facts([
          ['journal', origin],
          ['entries', count(size)],
          ['signed heads', count(checkpoints)],
          ['anchored', invocation.options.anchors ? count(anchors.length) : 'not looked at; see --anchors'],
          ['root', Base64.encode(root)],
          ['key', key],
        ]),
        json: { valid: true, origin, size, root: Base64.encode(root), checkpoints, anchors: anchors.length, key },
      };
    });
  },
};

export const journalCheckpointCommand: Command = {
  name: 'journal checkpoint',
  summary: 'sign the journal’s head',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {
    tenant: tenantOption,
    out: { type: 'string', short: 'o', value: '<file>', summary: 'write the checkpoint there instead of printing it' },
  },
  notes: [
    'The format is that of c2sp.org/tlog-checkpoint. The head is signed only when the journal continues the last one that',
    'was. Whoever keeps checkpoints can show later that nothing before them was changed. `--json` names the key as well.',
  ].join('\n'),
  run: async (invocation) =>
    inJournal(invocation, async (session) => {
      const { checkpoint, note, added } = await signJournal(session);
      const key = NoteKey.format(session.signer.key);
      const { origin, size, root } = checkpoint;
      const hash = Checkpoint.hash(checkpoint);
      const json = { origin, size, root: Base64.encode(root), hash, note, key, added };
      const out = outPath(invocation);
      if (out === undefined) return { text: note.trimEnd(), json };
      await writeFileAtomic(out, note);
      const text = facts([
        ['written', out],
        ['entries', `${count(size)}, ${count(added)} of them new`],
        ['hash', hash],
        ['key', key],
      ]);
      return { text, json: { out, ...json } };
    }),
};

export const journalProofCommand: Command = {
  name: 'journal proof',
  summary: 'prove that an entry is in the journal, or that the journal continues an older checkpoint',
  usage: '<entry number | statement id | checkpoint>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    tenant: tenantOption,
    out: { type: 'string', short: 'o', value: '<file>', summary: 'write the proof there as JSON' },
  },
  notes: 'The proofs are those of RFC 6962; their lines, as base64, go from the leaf to the root.',
  run: async (invocation) =>
    inJournal(invocation, async (session) => {
      const json = await proofOf(invocation, session);
      const out = outPath(invocation);
      if (out === undefined) return { text: JSON.stringify(json, null, 2), json };
      await writeFileAtomic(out, `${JSON.stringify(json, null, 2)}\n`);
      return { text: facts([['written', out]]), json: { out, ...json } };
    }),
};

async function proofOf({ positionals, cwd }: Invocation, session: JournalSession): Promise<object> {
  const which = positionals[0] as string;
  const key = NoteKey.format(session.signer.key);
  if (Hex.is(which, 32) || /^(0|[1-9][0-9]{0,14})$/.test(which)) {
    const wanted = Hex.is(which) ? { statementId: which } : { index: Number(which) };
    const { note, entries } = await proveEntries(session, wanted);
    const shown = entries.map(({ entry, proof }) => ({
      entry: Buffer.from(JournalEntry.toBytes(entry)).toString('utf8'),
      proof: lines(proof),
    }));
    return { proof: 'inclusion', key, checkpoint: note, entries: shown };
  }
  if (which.startsWith('0x')) throw new UsageError(`${which} is not the id of a statement`);
  const older = await readTextBounded(resolve(cwd, which), noteBytesMax);
  const { note, proof } = await proveContinuation(session, older);
  return { proof: 'consistency', key, older, checkpoint: note, lines: lines(proof) };
}

function inJournal<T>(invocation: Invocation, action: (session: JournalSession) => Promise<T>): Promise<T> {
  return withJournal(invocation, action, invocation.options.tenant as string | undefined);
}

function lines(proof: readonly Hash[]): readonly string[] {
  return proof.map(Base64.encode);
}

function outPath({ options, cwd }: Invocation): string | undefined {
  return options.out === undefined ? undefined : resolve(cwd, options.out as string);
}
