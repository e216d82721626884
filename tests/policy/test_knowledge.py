"""What the tables know about programs: one command, and the rules that speak of it."""

from __future__ import annotations

import pytest

from rollback_gov.policy.check import check
from tests.policy.runbooks import plan_of
from tests.policy.subjects import subject

SPOKEN_OF = {
    "kubectl --context p -n s replace --force -f x.yaml": "RG208",
    "dd if=/dev/zero of=/dev/sda": "RG208",
    "mkfs.ext4 /dev/sdb1": "RG208",
    "mongosh shop --eval 'db.dropDatabase()'": "RG208",
    "mysql shop -e 'DELETE FROM orders;'": "RG208",
    "psql -c 'ALTER TABLE a DROP COLUMN b'": "RG208",
    "aws s3 rm --recursive s3://bucket/x": "RG208",
    "vmstat 5": "RG204",
    "redis-cli monitor": "RG204",
    "git pull": "RG210",
    "npm install -g tool@latest": "RG210",
    "curl -fsS -m 5 https://raw.githubusercontent.com/a/b/main/x.sh": "RG210",
    "systemctl edit shop": "RG203",
    "crontab -e": "RG203",
    "pg_dump -W shop": "RG203",
    "curl -fsS -m 5 -T missing.txt http://x.example.com/": "RG211",
    "aws s3 cp missing.txt s3://bucket/x": "RG211",
    "tar -xzf missing.tar.gz": "RG211",
    "tar --extract --file missing.tar": "RG211",
    "docker load -i missing.tar": "RG211",
    "terraform apply missing.plan": "RG211",
    "jq . missing.json": "RG211",
    "mysqldump shop > a.sql; pg_restore -d b a.sql": "RG214",
    "mongodump --archive=a; mongorestore a": "RG214",
    "kubectl get pods": "RG216",
}
SILENT = {
    "systemctl edit --stdin shop < unit": "RG203",
    "read -r -u 3 line": "RG203",
    "less -F file | cat": "RG203",
    "dd if=a of=/dev/null": "RG208",
    "xargs dropdb < names": "RG209",
    "pg_restore -Fc -d shop -U shop before.dump": "RG208",
    "kubectl get pods -n shop --context prod -owide": "RG204",
    "kubectl -nfoo logs shop-1": "RG204",
    "journalctl -ushopfront": "RG204",
    "docker compose -f prod.yml logs --tail=100": "RG204",
    "docker-compose -f prod.yml logs --tail=100": "RG204",
    "vmstat 5 3": "RG204",
    "(while true; do x; sleep 1; done) &": "RG204",
    "watcher() { while true; do x; done; }": "RG204",
    "git reset --hard 6f1ed002ab5595859014ebf0951522d9a3f5c7b2~1": "RG210",
    "npm help install": "RG210",
    "curl -u admin http://x.example.com/": "RG215",
    "curl http://user:example@x.example.com/": "RG215",
    "tar": "RG211",
    "aws s3 ls": "RG211",
    "kubectl config get-contexts": "RG216",
}


def codes(text: str) -> set[str]:
    loaded = plan_of([text])
    return {finding.code for finding in check(subject(loaded=loaded, plan=loaded.require())).findings}


@pytest.mark.parametrize("text", SPOKEN_OF)
def test_a_rule_speaks_of_it(text: str) -> None:
    assert SPOKEN_OF[text] in codes(text)


@pytest.mark.parametrize("text", SILENT)
def test_a_rule_is_silent_about_it(text: str) -> None:
    assert SILENT[text] not in codes(text)
