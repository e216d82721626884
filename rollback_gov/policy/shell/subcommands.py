"""Subcommands: which words of ``docker -H host compose -f file up web`` say what is done.

One table of the options that take their value from the next word, and one way to read them. Programs that are called
alike are one family: whatever is known of ``kubectl`` holds for ``oc`` too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.script import Command, Word

FAMILIES = {
    "oc": "kubectl",
    "podman": "docker",
    "nerdctl": "docker",
    "docker-compose": "docker",
    "podman-compose": "docker",
    "tofu": "terraform",
    "mariadb": "mysql",
    "mariadb-admin": "mysqladmin",
    "kafka-topics.sh": "kafka-topics",
    "apt-get": "apt",
    "dnf": "yum",
}
"""A program that is called as another one is."""
_COMPOSE = names("-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel --progress")
_CONTAINER = names(
    "-e --env -u --user -w --workdir --env-file --detach-keys --index --name -v --volume -p --publish --network "
    "--entrypoint -m --memory --mount --label --platform --restart --add-host --hostname --cpus --since --until --tail"
)
_VALUES = {
    "kubectl": names(
        "-n --namespace --context --kubeconfig --cluster -s --server --user --as --as-group --token --request-timeout "
        "-l --selector -o --output -c --container --field-selector --sort-by --timeout --for -k --kustomize -L -v "
        "--replicas --image --tail --since --since-time --grace-period --to-revision --revision --patch --type"
    ),
    "docker": names("-H --host -c --context -l --log-level --config --tlscacert --tlscert --tlskey"),
    "terraform": names("-var -var-file -target -replace -state -out -backend-config -lock-timeout -parallelism"),
    "helm": names(
        "-n --namespace --kube-context --kubeconfig --timeout --version -f --values --set --set-string -o --output"
    ),
    "git": names("-C -c --git-dir --work-tree --namespace -b -B -m"),
    "aws": names("--profile --region --endpoint-url --output --query --log-group-name --cli-read-timeout"),
    "gcloud": names("--project --account --region --zone --configuration --format"),
    "gsutil": names("-o -h -u"),
    "systemctl": names("-H --host -M --machine -p --property -n --lines -o --output -t --type -s --signal"),
    "redis-cli": names("-h -p -a -n -u -s -r -i --user --pass --cacert --cert --key --rdb"),
    "apt": names("-o -t -c --option --target-release --config-file"),
    "yum": names("-c -d -e -x --config --enablerepo --disablerepo --exclude --installroot --releasever"),
    "mysqladmin": names("-h -u -P -S --host --user --port --socket"),
    "etcdctl": names("--endpoints --cacert --cert --key --user --password --command-timeout --dial-timeout"),
    "rabbitmqctl": names("-n --node -p --vhost -t --timeout"),
    "alembic": names("-c --config -n --name -x"),
    "rails": names("-e --environment"),
    "prisma": names("--schema"),
    "npm": names("--prefix -C --registry -w --workspace"),
}
"""By family: options before or behind the subcommand whose value is the next word."""


def family(command: Command) -> str:
    """Give the program under whose name its family is known."""
    return _family(command.name)


@lru_cache(maxsize=1024)
def _family(name: str) -> str:
    """Rules ask it of each command again and again."""
    program = name.rpartition("/")[2]
    return FAMILIES.get(program, program)


def operands_of(command: Command) -> tuple[Word, ...]:
    """Give the words that are neither options nor values of them, the subcommands first.

    ``docker-compose up`` is ``compose up`` of docker, and ``docker container logs`` is ``logs``.
    """
    name = family(command)
    values = _VALUES.get(name, frozenset())
    composed = command.program.endswith("-compose")
    found = list(_operands(command.arguments, _COMPOSE if composed else values))
    if composed:
        return (command.words[0]._replace(value="compose"), *found)
    if name != "docker" or not found:
        return tuple(found)
    rest = command.words[command.words.index(found[0]) + 1 :]
    if found[0].value == "compose":
        return (found[0], *_operands(rest, _COMPOSE))
    if found[0].value == "container":
        return tuple(_operands(rest, _CONTAINER))
    return (found[0], *_operands(rest, _CONTAINER))


def _operands(words: tuple[Word, ...], values: frozenset[str]) -> Iterator[Word]:
    rest = iter(words)
    for word in rest:
        if word.value == "--":
            yield from rest
        elif not word.value.startswith("-") or len(word.value) == 1:
            yield word
        elif word.value in values:
            next(rest, None)


def subcommand(command: Command, said: str) -> Word | None:
    """Give the last word of a subcommand such as ``rollout undo``, where the command is one; the program's for none."""
    wanted = said.split()
    if not wanted:
        return command.words[0]
    found = operands_of(command)[: len(wanted)]
    if [word.value for word in found] != wanted:
        return None
    return found[-1]


def after(command: Command, word: Word) -> tuple[Word, ...]:
    """Give the words behind a subcommand, as a command's own: an option before it may mean another thing."""
    return tuple(each for each in command.words if each.start > word.start)
