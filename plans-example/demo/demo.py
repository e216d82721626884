#!/usr/bin/env python3
"""The whole loop on a service that really runs: a change goes wrong and is brought back.

    demo.py                            the rollback to 1.0.0
    demo.py --at-point-of-no-return    too late to go back: the forward fix takes its place
    demo.py --keep                     leave the folder and the services as they are at the end

Everything happens in one temporary folder, on free ports of this machine. Ctrl-C ends it and cleans up.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = {"staging": "staging", "blue": "production-like", "production": "production"}
PEOPLE = {"ada": "approver", "grace": "approver", "runner": "rehearsal-runner", "issuer": "permit-issuer"}
PLAN = "rollback/op-orders-2/plan.yaml"


class DemoError(Exception):
    """A command ended otherwise than the story says."""


class Demo:
    """One telling of the story, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.began = time.monotonic()
        self.chapter = 0
        self.ports = dict(zip(ENVIRONMENTS, free_ports(len(ENVIRONMENTS)), strict=True))
        self.environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ROLLBACK_GOV_PERSON": "linus",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_COLOR": "1",
        }
        self.environ.pop("GITHUB_ACTIONS", None)

    def tell(self, text: str) -> None:
        """Begin a chapter."""
        self.chapter += 1
        title = f"{self.chapter}. {text}"
        print(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n{title}", flush=True)

    def run(self, *command: str, ends: int = 0, quiet: bool = False, variables: Mapping[str, str] | None = None) -> str:
        """Run a command of the story, show it, and see that it ends as it should."""
        if not quiet:
            print(f"$ {' '.join(quoted(word) for word in command)}", flush=True)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if not quiet or done.returncode != ends:
            print("".join(f"  {line}\n" for line in done.stdout.splitlines()), end="", flush=True)
        if done.returncode != ends:
            raise DemoError(f"'{' '.join(command)}' ended with {done.returncode}, not {ends}")
        return done.stdout.strip()

    def gov(self, *arguments: str, ends: int = 0, quiet: bool = False) -> str:
        """Run rollback-gov."""
        return self.run("rollback-gov", *arguments, ends=ends, quiet=quiet)

    def script(self, environment: str, name: str, *arguments: str, quiet: bool = False) -> str:
        """Run one of the service's scripts against an environment."""
        path = f"rollback/op-orders-2/scripts/{name}"
        variables = {"ENVIRONMENT": environment, "PORT": str(self.ports[environment]), "DEMO_STATE": self.state}
        return self.run(path, *arguments, quiet=quiet, variables=variables)

    @property
    def state(self) -> str:
        """Where the environments keep their data."""
        return str(self.folder / "state")


def set_up(demo: Demo) -> None:
    """A repository with the plan, three environments, and keys of people and machines."""
    shutil.copytree(
        HERE, demo.folder / "rollback/op-orders-2", ignore=shutil.ignore_patterns(".*", "__pycache__", "demo.py")
    )
    settings = demo.folder / ".rollback-gov"
    settings.mkdir()
    (settings / "environments.yaml").write_text(environments_yaml(demo), encoding="utf-8")
    for name, role in PEOPLE.items():
        person = ["--person", name, "--email", f"{name}@example.org"] if role == "approver" else []
        key = f"keys/{name}.pem"
        demo.gov("keys", "generate", "--out", key, "--id", name, "--role", role, *person, "--add-to-trust", quiet=True)
    (demo.folder / ".gitignore").write_text("keys/\nstate/\nincidents/\nbaseline/\n", encoding="utf-8")
    author = ("-c", "user.name=linus", "-c", "user.email=linus@example.org")
    demo.run("git", "init", "--quiet", "--initial-branch=main", quiet=True)
    demo.run("git", "add", "--all", quiet=True)
    demo.run("git", *author, "commit", "--quiet", "--message", "Plan the rollback of orders 2.0.0", quiet=True)
    for environment in ENVIRONMENTS:
        demo.script(environment, "deploy.sh", "1.0.0", quiet=True)
        load(demo, environment, seconds="1")


def environments_yaml(demo: Demo) -> str:
    """The settings of the three environments, with the ports of this telling."""
    lines = ["environments:"]
    for name, kind in ENVIRONMENTS.items():
        port = demo.ports[name]
        lines += [
            f"  {name}:",
            f"    class: {kind}",
            f'    parameters: {{PORT: "{port}", DEMO_STATE: "{demo.state}"}}',
            f'    endpoints: {{orders: "http://127.0.0.1:{port}"}}',
        ]
    return "\n".join(lines) + "\n"


def load(demo: Demo, environment: str, *, seconds: str) -> None:
    """Let customers place orders."""
    url = f"http://127.0.0.1:{demo.ports[environment]}"
    demo.run(
        sys.executable, str(HERE / "load.py"), "--url", url, "--rate", "40", "--seconds", seconds, "--quiet", quiet=True
    )


def tell_story(demo: Demo, *, too_late: bool) -> None:
    """From the plan to the incident report."""
    demo.tell("The plan is checked against the rules of level 3")
    demo.gov("validate", PLAN)
    demo.tell("No permit: the rollback was never rehearsed")
    issue = ("permit", "issue", PLAN, "--environment", "production", "--key", "keys/issuer.pem")
    demo.gov(*issue, ends=1)
    rehearse(demo)
    permit(demo, issue)
    before = deploy(demo, too_late=too_late)
    run = watch(demo)
    look(demo, before, run, too_late=too_late)


def rehearse(demo: Demo) -> None:
    """In staging by hand; in blue the injected failure fires the trigger by itself."""
    demo.tell("The rollback is rehearsed in staging, started by hand")
    demo.gov("rehearse", PLAN, "--environment", "staging", "--manual", "--key", "keys/runner.pem")
    demo.tell("And in a production-like environment, where a failure fires the trigger")
    people = ("--participant", "orders team", "--participant", "on-call engineer")
    demo.gov("rehearse", PLAN, "--environment", "blue", *people, "--key", "keys/runner.pem")


def permit(demo: Demo, issue: tuple[str, ...]) -> None:
    """Two people who did not write the plan approve it; the permit is issued and verified."""
    demo.tell("Two people approve, and the permit is issued and verified")
    attested = ("manual-rollback-tested", "stakeholders-trained", "reviewed-by-sre")
    attest = [word for name in attested for word in ("--attest", name)]
    demo.gov("permit", "approve", PLAN, "--key", "keys/ada.pem", *attest)
    demo.gov("permit", "approve", PLAN, "--key", "keys/grace.pem")
    demo.gov(*issue)
    demo.gov("permit", "verify", PLAN, "--environment", "production")


def deploy(demo: Demo, *, too_late: bool) -> str:
    """The change goes out, and customers meet it. Gives how many orders there were before."""
    demo.tell("The baseline is kept, the permit's one use is claimed, and the change is deployed to production")
    demo.gov("capture", PLAN, "--environment", "production")
    demo.gov("permit", "claim", PLAN, "--environment", "production")
    before = demo.script("production", "count-orders.sh", quiet=True)
    demo.script("production", "deploy.sh", "2.0.0")
    if too_late:
        print("  … and its last migration runs: the point of no return is passed")
        demo.script("production", "finish-migration.sh")
    demo.script("production", "customers.sh", "start", "60")
    return before


def watch(demo: Demo) -> str:
    """The metrics decide, and the plan is executed. Gives the run's id."""
    demo.tell("The metrics go bad; the watcher decides and the plan runs against its SLA")
    demo.gov("watch", PLAN, "--environment", "production", "--mode", "auto", "--for", "40s")
    demo.script("production", "customers.sh", "stop", quiet=True)
    runs = sorted((demo.folder / "incidents").glob("op-orders-2-*-execute"))
    if len(runs) != 1:
        raise DemoError(f"one run was expected, not {len(runs)}")
    return runs[0].name


def look(demo: Demo, before: str, run: str, *, too_late: bool) -> None:
    """What answers now, whether the data is intact, and the report."""
    wanted = "2.0.1" if too_late else "1.0.0"
    demo.tell(f"Version {wanted} answers, with the data from before")
    version = demo.script("production", "live-version.sh")
    if version != wanted:
        raise DemoError(f"{version} answers, not {wanted}")
    split = ("--split-names",) if too_late else ()
    now = demo.script("production", "checksum-orders.sh", before, *split)
    baseline = demo.folder / "rollback/op-orders-2/baseline/production"
    if now != (baseline / ("names.sha256" if too_late else "orders.sha256")).read_text().strip():
        raise DemoError("the orders from before the change are not what they were")
    print(f"  the {before} orders from before the change are unchanged")
    state = demo.gov("status", run, "--json", quiet=True)
    show_end(demo, run, state)


def show_end(demo: Demo, run: str, state: str) -> None:
    """The last screen: the run, its duration against the SLA, and the report."""
    import json

    facts = json.loads(state)
    report = demo.folder / "incidents" / run / "incident_report.md"
    if not report.is_file():
        raise DemoError(f"there is no report at {report}")
    print(f"\nrun       {run}")
    print(f"duration  {facts['seconds']:.1f} s of {facts['sla_seconds']:.0f} s (SLA)")
    print(f"report    {report}")
    print(f"told in   {time.monotonic() - demo.began:.0f} s", flush=True)


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def quoted(word: str) -> str:
    """Show a word as one would type it."""
    return f'"{word}"' if " " in word else word


@contextmanager
def stage(*, keep: bool) -> Iterator[Demo]:
    """A folder for the demo; at the end the services stop, and the report stays."""
    demo = Demo(Path(tempfile.mkdtemp(prefix="rollback-gov-demo-")).resolve())
    try:
        yield demo
    finally:
        if not keep and (demo.folder / "rollback").is_dir():
            for environment in ENVIRONMENTS:
                demo.script(environment, "customers.sh", "stop", quiet=True)
                demo.script(environment, "tear-down.sh", quiet=True)


def main() -> int:
    """Tell the story; 0 when everything came out as it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at-point-of-no-return", action="store_true", help="pass it before the failure shows")
    parser.add_argument("--keep", action="store_true", help="leave the services running")
    options = parser.parse_args()
    try:
        with stage(keep=options.keep) as demo:
            print(f"Everything happens in {demo.folder}")
            set_up(demo)
            tell_story(demo, too_late=options.at_point_of_no_return)
    except DemoError as error:
        print(f"\nThe demo failed: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything was stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
