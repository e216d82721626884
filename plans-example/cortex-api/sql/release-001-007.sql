-- Migrations 001-007 of v2.1. They only add: v2.0.8 runs on the result.
SET LOCAL lock_timeout = '10s';

CREATE TABLE credentials (                                                                          -- 001
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('password', 'passkey')),
  secret text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX credentials_user_id ON credentials (user_id);                                          -- 002
CREATE TABLE login_attempts (                                                                       -- 003
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  succeeded boolean NOT NULL
);
ALTER TABLE users ADD COLUMN second_factor boolean NOT NULL DEFAULT false;                          -- 004
INSERT INTO credentials (user_id, kind, secret) SELECT id, 'password', password_hash FROM users;    -- 005
CREATE VIEW active_credentials AS                                                                   -- 006
  SELECT DISTINCT ON (user_id, kind) * FROM credentials ORDER BY user_id, kind, created_at DESC;
COMMENT ON COLUMN users.password_hash IS 'Read by v2.0 only; see credentials';                      -- 007

INSERT INTO schema_migrations (version)
SELECT '20251209140' || to_char(number, 'FM000') FROM generate_series(1, 7) AS number;
