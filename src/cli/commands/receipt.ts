import { resolve } from 'node:path';
import { readTextBounded, writeFileAtomic } from '../../files.ts';
import { Json } from '../../model/Json.ts';
import { ProofFile } from '../../model/ProofFile.ts';
import { Receipt } from '../../model/Receipt.ts';
import { NoteKey } from '../../model/SignedNote.ts';
import { VerifyingKey } from '../../model/VerifyingKey.ts';
import { makeReceipt } from '../../steps/makeReceipt.ts';
import { defaultTenant } from '../../steps/openJournal.ts';
import { findKey } from '../../steps/verifyFile.ts';
import { verifyReceipt } from '../../steps/verifyReceipt.ts';
import { withJournal } from '../../steps/withJournal.ts';
import type { Command } from '../command.ts';
import { count, facts } from '../table.ts';

export const receiptMakeCommand: Command = {
  name: 'receipt make',
  summary: 'make the receipt for a recorded statement: one file that its holder can check without asking anybody',
  usage: '<proof.json>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    out: { type: 'string', short: 'o', value: '<file>', summary: 'default: receipt.json' },
    tenant: { type: 'string', value: '<name>', summary: `whose journal; default: ${defaultTenant}` },
  },
  notes: 'The record is entered into the journal, when it is not there yet, and the journal’s head is signed.',
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const path = resolve(cwd, positionals[0] as string);
    const proof = ProofFile.parse(Json.parse(await readTextBounded(path), path), path);
    const verifyingKey = await findKey(toolbox, proof.keyId);
    const receipt = await withJournal(
      toolbox,
      (journal) => makeReceipt(toolbox, journal, { proof, verifyingKey }),
      options.tenant as string | undefined,
    );
    const out = resolve(cwd, (options.out as string | undefined) ?? 'receipt.json');
    const json = Receipt.toJson(receipt);
    await writeFileAtomic(out, `${Json.stringify(json, 2)}\n`);
    return {
      text: facts([
        ['written', out],
        ['statement', Receipt.statementId(receipt)],
        ['record', `${receipt.record.index}, block ${receipt.record.block}`],
        ['journal key', NoteKey.format(receipt.journal.key)],
      ]),
      json: { out, ...json },
    };
  },
};

export const receiptVerifyCommand: Command = {
  name: 'receipt verify',
  summary: 'verify a receipt, without a network, or with a node asked as well',
  usage: '<receipt.json>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    'journal-key': { type: 'string', value: '<vkey>', summary: 'the journal’s key that you believe, from elsewhere' },
    rpc: { type: 'string', value: '<url>', summary: 'ask this node whether the record is on its chain' },
  },
  notes: [
    'Without --journal-key the receipt’s own word is taken for who signs the journal, and without --rpc the record is',
    'only shown to fit the statement and the journal: the answer says so.',
  ].join('\n'),
  run: async ({ positionals, options, cwd }) => {
    const journalKey = options['journal-key'] as string | undefined;
    const rpcUrl = options.rpc as string | undefined;
    const path = resolve(cwd, positionals[0] as string);
    const { receipt, checkpoint, chain } = await verifyReceipt({ path, journalKey, rpcUrl });
    const { statement, verifyingKey, record, journal } = receipt;
    const { keyClass } = verifyingKey;
    const warning = keyClass === 'development' ? ' — whoever knows its seed can forge proofs' : '';
    const known = journalKey === undefined ? 'as the receipt names it; compare it with --journal-key' : 'yours';
    return {
      text: facts([
        ['the receipt holds', 'yes'],
        ['statement', Receipt.statementId(receipt)],
        ['public signals', statement.signals.join(' ')],
        ['key', `${VerifyingKey.id(verifyingKey)} (${keyClass})${warning}`],
        ['record', `${record.index} of ${statement.purpose.contract} on chain ${statement.purpose.chainId}`],
        ['chain', chain ? `confirmed, ${count(chain.confirmations)} blocks since` : 'not asked; see --rpc'],
        ['journal', `${checkpoint.origin}, entries ${journal.entries.map(({ entry }) => entry.index).join(', ')}`],
        ['journal key', `${NoteKey.format(journal.key)}, ${known}`],
      ]),
      json: {
        valid: true,
        statementId: Receipt.statementId(receipt),
        programId: statement.programId,
        signals: statement.signals,
        keyId: VerifyingKey.id(verifyingKey),
        keyClass,
        record,
        journal: { origin: checkpoint.origin, size: checkpoint.size, key: NoteKey.format(journal.key) },
        journalKeyGiven: journalKey !== undefined,
        chain: chain ?? null,
      },
    };
  },
};
