-- Migration 0043 undoes 0042 by going forward: customers.full_name comes back, filled from its two parts.
-- Nothing is dropped: what was entered under the new release stays. Written, reviewed and tried with the release itself.
SET LOCAL lock_timeout = '10s';

ALTER TABLE customers ADD COLUMN full_name text;
UPDATE customers SET full_name = concat_ws(' ', first_name, last_name);
ALTER TABLE customers ALTER COLUMN full_name SET NOT NULL;
ALTER TABLE customers ALTER COLUMN first_name DROP NOT NULL;
ALTER TABLE customers ALTER COLUMN last_name DROP NOT NULL;

UPDATE alembic_version SET version_num = '0043' WHERE version_num = '0042';
