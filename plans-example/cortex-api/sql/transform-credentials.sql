-- Fills users.password_hash from each user's newest password. May be run again.
UPDATE users
SET password_hash = active.secret
FROM active_credentials AS active
WHERE active.user_id = users.id AND active.kind = 'password' AND users.password_hash IS DISTINCT FROM active.secret;
