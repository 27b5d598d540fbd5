/**
 * The first schema. Every row belongs to a tenant, and a session sees the rows of the tenant that its transaction has
 * named. Ids are lower-case `0x…` text as everywhere else; what is private is sealed before it comes here.
 */
export const m0001 = `
CREATE SCHEMA tally;
-- The queue's own tables live beside ours and are made by the queue.
CREATE SCHEMA pgboss AUTHORIZATION tally_app;

CREATE DOMAIN tally.hash AS text CHECK (VALUE ~ '^0x[0-9a-f]{64}$');
CREATE DOMAIN tally.address AS text CHECK (VALUE ~ '^0x[0-9a-f]{40}$');
CREATE DOMAIN tally.wei AS numeric(78, 0) CHECK (VALUE >= 0);

CREATE FUNCTION tally.current_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('tally.tenant', true), '') $$;

CREATE TABLE tally.tenants (
  tenant_id text PRIMARY KEY CHECK (tenant_id ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' AND length(tenant_id) <= 64),
  -- The tenant's secret, wrapped by the key-encryption key that kek_id names.
  wrapped_key bytea NOT NULL,
  kek_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tally.runs (
  tenant_id text NOT NULL REFERENCES tally.tenants,
  run_id text NOT NULL,
  program_id tally.hash NOT NULL,
  key_id tally.hash NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'failed', 'cancelled')),
  options jsonb NOT NULL DEFAULT '{}',
  deadline_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, run_id)
);

CREATE TABLE tally.jobs (
  tenant_id text NOT NULL REFERENCES tally.tenants,
  -- HMAC of program and input: equal for equal work, tells nothing without the tenant's key.
  job_id text NOT NULL CHECK (job_id ~ '^[0-9a-f]{64}$'),
  program_id tally.hash NOT NULL,
  key_id tally.hash NOT NULL,
  statement_id tally.hash,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'leased', 'done', 'dead', 'cancelled')),
  priority smallint NOT NULL DEFAULT 0,
  -- How often it was leased. It is the fence, too: who acts under an earlier number is refused.
  attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  attempts_max integer NOT NULL DEFAULT 3 CHECK (attempts_max > 0),
  deadline_at timestamptz,
  leased_by text,
  beat_at timestamptz,
  sealed_input bytea,
  error_code text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, job_id)
);
CREATE INDEX jobs_open ON tally.jobs (tenant_id, program_id, priority DESC, created_at)
  WHERE state IN ('pending', 'leased');

-- The same work may be asked for under several keys and in several runs; it is done once.
CREATE TABLE tally.run_jobs (
  tenant_id text NOT NULL,
  run_id text NOT NULL,
  caller_key text NOT NULL CHECK (length(caller_key) BETWEEN 1 AND 256),
  job_id text NOT NULL,
  line integer,
  PRIMARY KEY (tenant_id, run_id, caller_key),
  FOREIGN KEY (tenant_id, run_id) REFERENCES tally.runs,
  FOREIGN KEY (tenant_id, job_id) REFERENCES tally.jobs
);
CREATE INDEX run_jobs_by_job ON tally.run_jobs (tenant_id, job_id);

CREATE TABLE tally.attempts (
  tenant_id text NOT NULL,
  job_id text NOT NULL,
  attempt integer NOT NULL CHECK (attempt > 0),
  worker text NOT NULL,
  engine text,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed', 'lost', 'cancelled')),
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  -- What it cost: milliseconds of processor and of wall clock, bytes of resident memory at most.
  cpu_ms bigint CHECK (cpu_ms >= 0),
  wall_ms bigint CHECK (wall_ms >= 0),
  rss_peak bigint CHECK (rss_peak >= 0),
  error_code text,
  PRIMARY KEY (tenant_id, job_id, attempt),
  FOREIGN KEY (tenant_id, job_id) REFERENCES tally.jobs
);

CREATE TABLE tally.results (
  tenant_id text NOT NULL,
  statement_id tally.hash NOT NULL,
  job_id text NOT NULL,
  attempt integer NOT NULL,
  program_id tally.hash NOT NULL,
  key_id tally.hash NOT NULL,
  -- Public signals as decimals; number 1 of the array is the context.
  signals numeric(78, 0)[] NOT NULL,
  -- A (2 words), B (4), C (2).
  proof bytea NOT NULL CHECK (length(proof) = 256),
  accepted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, statement_id),
  FOREIGN KEY (tenant_id, job_id, attempt) REFERENCES tally.attempts
);
CREATE INDEX results_by_job ON tally.results (tenant_id, job_id);

-- Seeds of salts, drawn when a run or window is planned and kept before anything is committed to with them.
CREATE TABLE tally.salts (
  tenant_id text NOT NULL REFERENCES tally.tenants,
  salt_id text NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, salt_id)
);

-- What is to happen on a chain: one row is one transaction, however often it is signed anew.
CREATE TABLE tally.outbox (
  tenant_id text NOT NULL REFERENCES tally.tenants,
  intent_id tally.hash NOT NULL,
  chain_id bigint NOT NULL,
  address tally.address NOT NULL,
  what text NOT NULL,
  -- Canonical bytes of what it does: to, value, data.
  intent bytea NOT NULL,
  -- Higher goes first: window closes before bulk.
  priority smallint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'intent'
    CHECK (state IN ('intent', 'signed', 'sent', 'included', 'final', 'replaced', 'failed')),
  nonce bigint CHECK (nonce >= 0),
  -- The transaction that was included.
  tx_hash tally.hash,
  block bigint,
  block_hash tally.hash,
  tx_index integer,
  gas_used bigint,
  effective_gas_price tally.wei,
  contract tally.address,
  reason jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, intent_id),
  CHECK ((state IN ('included', 'final')) <= (tx_hash IS NOT NULL AND block_hash IS NOT NULL AND gas_used IS NOT NULL
    AND effective_gas_price IS NOT NULL))
);
CREATE UNIQUE INDEX outbox_nonce ON tally.outbox (chain_id, address, nonce) WHERE nonce IS NOT NULL;
CREATE INDEX outbox_open ON tally.outbox (chain_id, address, priority DESC, created_at)
  WHERE state IN ('intent', 'signed', 'sent', 'included');

-- Each signing of an intent, kept before it leaves: of one nonce any may be included.
CREATE TABLE tally.transactions (
  tenant_id text NOT NULL,
  tx_hash tally.hash NOT NULL,
  intent_id tally.hash NOT NULL,
  nonce bigint NOT NULL CHECK (nonce >= 0),
  raw bytea NOT NULL,
  gas_limit bigint NOT NULL,
  max_fee_per_gas tally.wei NOT NULL,
  max_priority_fee_per_gas tally.wei NOT NULL,
  -- An empty transaction to oneself that takes the nonce away from the intent.
  is_cancel boolean NOT NULL DEFAULT false,
  signed_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  PRIMARY KEY (tenant_id, tx_hash),
  FOREIGN KEY (tenant_id, intent_id) REFERENCES tally.outbox
);
CREATE INDEX transactions_by_intent ON tally.transactions (tenant_id, intent_id, signed_at);

-- The statements that a transaction carries; a statement is on its way at most once per ledger.
CREATE TABLE tally.submissions (
  tenant_id text NOT NULL,
  statement_id tally.hash NOT NULL,
  chain_id bigint NOT NULL,
  contract tally.address NOT NULL,
  intent_id tally.hash NOT NULL,
  position integer NOT NULL,
  PRIMARY KEY (tenant_id, chain_id, contract, statement_id),
  FOREIGN KEY (tenant_id, intent_id) REFERENCES tally.outbox
);
CREATE INDEX submissions_by_intent ON tally.submissions (tenant_id, intent_id, position);

CREATE TABLE tally.budgets (
  tenant_id text NOT NULL REFERENCES tally.tenants,
  -- What is limited, such as gas_wei or jobs, and for which scope of it, such as a chain.
  kind text NOT NULL,
  scope text NOT NULL DEFAULT '',
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  allowed numeric(78, 0) NOT NULL CHECK (allowed >= 0),
  used numeric(78, 0) NOT NULL DEFAULT 0 CHECK (used >= 0),
  PRIMARY KEY (tenant_id, kind, scope, starts_at),
  CHECK (ends_at > starts_at)
);

-- One row per journal: whoever appends holds it, so entries have one order.
CREATE TABLE tally.journals (
  tenant_id text NOT NULL REFERENCES tally.tenants,
  origin text PRIMARY KEY,
  size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
  -- The roots of the full subtrees of the tree of this size, largest first.
  frontier bytea NOT NULL DEFAULT '' CHECK (length(frontier) % 32 = 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id),
  UNIQUE (tenant_id, origin)
);

CREATE TABLE tally.entries (
  tenant_id text NOT NULL,
  origin text NOT NULL,
  idx bigint NOT NULL CHECK (idx >= 0),
  entry bytea NOT NULL,
  leaf_hash bytea NOT NULL CHECK (length(leaf_hash) = 32),
  -- Read out of the entry, to find it by.
  kind text NOT NULL,
  subject text NOT NULL,
  PRIMARY KEY (origin, idx),
  FOREIGN KEY (tenant_id, origin) REFERENCES tally.journals (tenant_id, origin)
);
CREATE INDEX entries_by_subject ON tally.entries (origin, subject, idx);

-- Roots of full subtrees above the leaves: node idx of a level covers the leaves idx * 2^level and on.
CREATE TABLE tally.nodes (
  tenant_id text NOT NULL,
  origin text NOT NULL,
  level smallint NOT NULL CHECK (level BETWEEN 1 AND 62),
  idx bigint NOT NULL CHECK (idx >= 0),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (origin, level, idx),
  FOREIGN KEY (tenant_id, origin) REFERENCES tally.journals (tenant_id, origin)
);

CREATE TABLE tally.checkpoints (
  tenant_id text NOT NULL,
  origin text NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  root bytea NOT NULL CHECK (length(root) = 32),
  note text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (origin, size),
  FOREIGN KEY (tenant_id, origin) REFERENCES tally.journals (tenant_id, origin)
);

-- A session sees the tenant that its transaction names. The operator's role, which sends for all tenants, sees all.
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'tally' LOOP
    EXECUTE format('ALTER TABLE tally.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON tally.%I USING (tenant_id = (SELECT tally.current_tenant()))', name);
    EXECUTE format('CREATE POLICY operator ON tally.%I TO tally_operator USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA tally TO tally_app, tally_operator, tally_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON tally.tenants, tally.runs, tally.jobs, tally.run_jobs, tally.attempts,
  tally.results, tally.salts, tally.outbox, tally.transactions, tally.submissions, tally.budgets
  TO tally_app, tally_operator;
-- Nobody but the owner of the schema changes or removes what a journal holds.
GRANT SELECT, INSERT ON tally.journals, tally.entries, tally.nodes, tally.checkpoints TO tally_app, tally_operator;
GRANT UPDATE (size, frontier) ON tally.journals TO tally_app, tally_operator, tally_worker;

-- A worker claims, beats, completes and fails.
GRANT SELECT ON tally.tenants, tally.jobs, tally.attempts, tally.results, tally.journals, tally.entries, tally.nodes
  TO tally_worker;
GRANT UPDATE (state, attempt, leased_by, beat_at, statement_id, error_code, updated_at) ON tally.jobs TO tally_worker;
GRANT INSERT ON tally.attempts, tally.results, tally.journals, tally.entries, tally.nodes TO tally_worker;
GRANT UPDATE (state, engine, ended_at, cpu_ms, wall_ms, rss_peak, error_code) ON tally.attempts TO tally_worker;

GRANT USAGE ON SCHEMA pgboss TO tally_operator, tally_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE tally_app IN SCHEMA pgboss
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tally_operator, tally_worker;
`;
