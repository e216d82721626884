-- Migrations 008-011 of v2.1, applied when v2.1 has proved itself. They take away: this is the point of no return.
SET LOCAL lock_timeout = '10s';

ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;                                         -- 008
UPDATE users SET password_hash = NULL;                                                              -- 009
COMMENT ON COLUMN users.password_hash IS NULL;                                                      -- 010
ALTER TABLE users DROP COLUMN password_hash;                                                        -- 011

INSERT INTO schema_migrations (version)
SELECT '20251209140' || to_char(number, 'FM000') FROM generate_series(8, 11) AS number;
