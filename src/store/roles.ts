/**
 * @module Who may do what in the database. Three roles without a password carry the rights; logins are given them. None
 * owns a table or bypasses row-level security, so the database itself keeps tenants apart.
 */
import type { ClientBase } from 'pg';

/**
 * `app`: one tenant at a time, everything but changing a journal · `operator`: as app, over all tenants, for who sends
 * on behalf of all · `worker`: claims, beats, completes and fails jobs.
 */
export type Role = 'app' | 'operator' | 'worker';

/** The role's name in the database. */
export function roleName(role: Role): string {
  return `tally_${role}`;
}

/**
 * Makes the roles where they are missing, and lets this login act in them. Roles belong to the whole server, so another
 * database of ours may have made them already, or be making them now.
 * @throws what Postgres says when this login may create no roles
 */
export async function ensureRoles(client: ClientBase): Promise<void> {
  for (const role of ['app', 'operator', 'worker'] as const) {
    await client.query(`DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${roleName(role)}') THEN
        CREATE ROLE ${roleName(role)} NOLOGIN;
        EXECUTE format('GRANT ${roleName(role)} TO %I', current_user);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$`);
  }
}
