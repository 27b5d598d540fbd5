pragma circom 2.2.3;

/**
 * @title Terms
 * @notice Packs all of a record but its amount and reference into 136 bits:
 *         valueDate 0–31 · asset 32–63 · debtor 64–95 · creditor 96–127 · schema 128–135, which is 1.
 * @input valueDate days since 1970-01-01.
 * @input asset the stream's number of the asset.
 * @input debtor the stream's number of the party that owes.
 * @input creditor the stream's number of the party that is owed.
 * @output out the packed terms.
 * @requires each input is below 2^32: otherwise two different records could pack to the same terms.
 */
template Terms() {
    signal input valueDate;
    signal input asset;
    signal input debtor;
    signal input creditor;
    signal output out;

    var schema = 1;
    out <== valueDate + asset * (1 << 32) + debtor * (1 << 64) + creditor * (1 << 96) + schema * (1 << 128);
}
