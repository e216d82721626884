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
    "podman exec -it db ls": "RG203",
    "nerdctl run -it db ls": "RG203",
    "docker container exec -it db ls": "RG203",
    "docker -H tcp://h:1 exec -it db ls": "RG203",
    "docker-compose run -t db ls": "RG203",
    "oc edit deployment/x": "RG203",
    "tofu destroy": "RG203",
    "tofu apply": "RG203",
    "git rebase -i main": "RG203",
    "dnf install jq": "RG203",
    "podman logs -f db": "RG204",
    "nerdctl stats": "RG204",
    "docker container attach db": "RG204",
    "docker compose -f prod.yml up": "RG204",
    "docker-compose -p shop up web": "RG204",
    "oc port-forward svc/x 1": "RG204",
    "oc get pods -w": "RG204",
    "aws --region eu logs tail --follow group": "RG204",
    "oc --context a -n b rollout status d/x": "RG205",
    "tofu destroy -auto-approve": "RG208",
    "tofu -chdir=infra apply -auto-approve": "RG208",
    "podman volume rm data": "RG208",
    "nerdctl system prune -af": "RG208",
    "docker-compose -f prod.yml down -v": "RG208",
    "docker compose -f prod.yml down --volumes": "RG208",
    "oc delete namespace shop": "RG208",
    "oc -n x delete --all pvc": "RG208",
    "kubectl --kubeconfig delete delete ns shop": "RG208",
    "mariadb shop -e 'DROP TABLE x'": "RG208",
    "redis-cli --cluster call h:1 FLUSHALL": "RG208",
    "kafka-topics.sh --delete --topic a": "RG208",
    "kubectl --context a -n undo rollout undo d/x": "RG210",
    "oc set image d/x x=shop:latest": "RG210",
    "nerdctl pull shop": "RG210",
    "podman image pull shop:latest": "RG210",
    "docker service update --image shop:latest web": "RG210",
    "tofu state push old.tfstate": "RG217",
    "podman load -i missing.tar": "RG211",
    "podman save -o a shop; podman import a": "RG214",
    "oc set image d/x x=x:1 --record": "RG219",
    "tofu taint a.b": "RG219",
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
    "docker restart attach": "RG204",
    "docker restart logs -f": "RG204",
    "docker stop stats": "RG204",
    "docker run --name up shop:1": "RG204",
    "kubectl -n attach get pods": "RG204",
    "kubectl --context proxy -n b get pods": "RG204",
    "docker compose -f logs -f up ps": "RG204",
    "kubectl --context a -n b annotate ns x rollout=status": "RG205",
    "kubectl --context a -n rollout status": "RG205",
    "docker stop exec -t": "RG203",
    "docker ps --filter name=exec -t": "RG203",
    "kubectl -n edit get pods": "RG203",
    "git commit -m rebase -i": "RG203",
    "terraform -chdir=destroy plan": "RG203",
    "helm -n uninstall status delete": "RG208",
    "docker volume create prune": "RG208",
    "docker tag volume rm": "RG208",
    "kubectl -n delete get ns": "RG208",
    "terraform workspace select destroy": "RG208",
    "git log --grep clean -f": "RG208",
    "docker stop pull shop": "RG210",
    "kubectl --context a -n b get rollout undo": "RG210",
    "git -C checkout status HEAD~1": "RG210",
    "terraform state show push": "RG217",
    "docker ps save": "RG214",
    "kubectl -n rolling-update get pods": "RG219",
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
