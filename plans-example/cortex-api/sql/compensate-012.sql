-- Migration 012 undoes 008-011 by going forward: users.password_hash is back for whoever reads the schema of v2.0.
-- It is right from wherever 008-011 got to, and nothing is dropped.
SET LOCAL lock_timeout = '10s';

ALTER TABLE users ADD COLUMN IF NOT EXISTS password_hash text;
ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL; -- users with a passkey alone have none

INSERT INTO schema_migrations (version) VALUES ('20251209140012');
