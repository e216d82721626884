-- What migrations 001-007 add and a dump from before does not know. `pg_restore --clean` drops only what is in the dump;
-- the foreign keys of these tables would then stop it.
DROP VIEW IF EXISTS active_credentials;
DROP TABLE IF EXISTS login_attempts;
DROP TABLE IF EXISTS credentials;
