/**
 * What the writer to the chain keeps. Two chains may have one id, so that rows name their block 0; what a transaction cost
 * stands with the transaction, because an intent may have paid for several; and an operator can leave a wish for whoever
 * owns the account's nonces.
 */
export const m0003 = `
ALTER TABLE tally.outbox ADD COLUMN genesis tally.hash NOT NULL DEFAULT ('0x' || repeat('0', 64));
ALTER TABLE tally.outbox ADD COLUMN wish text CHECK (wish IN ('bump', 'cancel'));

ALTER TABLE tally.transactions
  ADD COLUMN block bigint,
  ADD COLUMN block_hash tally.hash,
  ADD COLUMN gas_used bigint,
  ADD COLUMN effective_gas_price tally.wei,
  ADD COLUMN succeeded boolean;
UPDATE tally.transactions t
  SET block = o.block, block_hash = o.block_hash, gas_used = o.gas_used, effective_gas_price = o.effective_gas_price,
    succeeded = o.state <> 'failed'
  FROM tally.outbox o
  WHERE o.tenant_id = t.tenant_id AND o.tx_hash = t.tx_hash AND o.gas_used IS NOT NULL;

-- A nonce that somebody else's transaction took may become free again when that transaction's block is lost.
DROP INDEX tally.outbox_nonce;
CREATE UNIQUE INDEX outbox_nonce ON tally.outbox (chain_id, genesis, address, nonce)
  WHERE nonce IS NOT NULL AND state <> 'replaced';
CREATE INDEX outbox_wishes ON tally.outbox (chain_id, genesis, address) WHERE wish IS NOT NULL;
`;
