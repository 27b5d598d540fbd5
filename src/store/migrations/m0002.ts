/**
 * When a job ended, for the policy by which inputs are deleted. The database notes it by itself, so that programs which do
 * not know the column go on working; of jobs that ended before, the last change is the end.
 */
export const m0002 = `
ALTER TABLE tally.jobs ADD COLUMN finished_at timestamptz;
UPDATE tally.jobs SET finished_at = updated_at WHERE state IN ('done', 'dead', 'cancelled');

CREATE FUNCTION tally.note_finish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state NOT IN ('done', 'dead', 'cancelled') THEN
    NEW.finished_at := NULL;
  ELSIF TG_OP = 'INSERT' OR OLD.state IS DISTINCT FROM NEW.state THEN
    NEW.finished_at := now();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER note_finish BEFORE INSERT OR UPDATE OF state ON tally.jobs
  FOR EACH ROW EXECUTE FUNCTION tally.note_finish();

-- A job that can still be worked on has its input.
ALTER TABLE tally.jobs ADD CONSTRAINT jobs_input
  CHECK (sealed_input IS NOT NULL OR state IN ('done', 'dead', 'cancelled'));
CREATE INDEX jobs_finished ON tally.jobs (tenant_id, finished_at) WHERE finished_at IS NOT NULL;
`;
