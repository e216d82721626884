"""The policy file and those that it extends, as they lie here or as a ref has them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rollback_gov.commands.ref_files import RefFiles
from rollback_gov.commands.settings import POLICY, FolderFiles, load_organisation, read
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError

GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")


def write(root: Path, **files: str) -> None:
    """Write files; two underscores in a name are a slash, one after ``dot`` a dot."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("gov", ".rollback-gov")
        path = path.with_suffix(".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def git(root: Path, *words: str) -> None:
    """Run git as somebody."""
    subprocess.run([*GIT, *words], cwd=root, check=True, capture_output=True)


def committed(root: Path, message: str = "First") -> None:
    """Commit everything."""
    if not (root / ".git").exists():
        git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)


def test_without_a_policy_nothing_is_demanded(tmp_path: Path) -> None:
    assert load_organisation(FolderFiles(tmp_path)).layers == ()


def test_a_policy_extends_another_by_its_path(tmp_path: Path) -> None:
    write(
        tmp_path, gov__policy="extends: ../shared/base.yaml\n", shared__base="extends: core.yaml\n", shared__core="{}\n"
    )

    layers = load_organisation(FolderFiles(tmp_path)).layers

    assert [layer.place().file for layer in layers] == ["shared/core.yaml", "shared/base.yaml", POLICY]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"gov__policy": "extends: ../gone.yaml"},
            ".rollback-gov/policy.yaml extends 'gone.yaml', and there is no such",
        ),
        (
            {"gov__policy": "extends: ../../base.yaml"},
            "extends '../../base.yaml', which lies outside of the repository.",
        ),
        ({"gov__policy": "extends: /etc/base.yaml"}, "extends '/etc/base.yaml', which lies outside"),
        ({"gov__policy": 'extends: "a\\0b.yaml"'}, "policy.yaml extends 'a\\x00b.yaml', which is no file's name."),
        ({"gov__policy": "extends: https://example.com/base.yaml"}, "which lies outside of the repository."),
        ({"gov__policy": "extends: policy.yaml"}, "itself: .rollback-gov/policy.yaml -> .rollback-gov/policy.yaml."),
        (
            {"gov__policy": "extends: ../a.yaml", "a": "extends: b.yaml", "b": "extends: a.yaml"},
            "The policy extends itself: a.yaml -> b.yaml -> a.yaml.",
        ),
        (
            {"gov__policy": "evidense: error"},
            "policy.yaml:1:1: Unknown key 'evidense' at the top level. Did you mean 'ev",
        ),
        (
            {"gov__policy": "extends: ../a.yaml", "a": "levels: {3: {slaa: 1m}}"},
            "a.yaml:1:14: Unknown key 'slaa' in '3'.",
        ),
        ({"gov__policy": "levels: ["}, "policy.yaml:"),
        ({"gov__policy": ""}, ".rollback-gov/policy.yaml:1:1: The file is empty."),
        (
            {"gov__policy": "rules: [{code: RG001, require: x, message: y}]"},
            "policy.yaml:1:16: 'code' cannot be 'RG001'.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    write(tmp_path, **files)

    with pytest.raises(UsageError) as caught:
        load_organisation(FolderFiles(tmp_path))

    assert sentence in f"{caught.value}"


def test_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    write(root, gov__policy="extends: ../linked.yaml")
    (tmp_path / "outside.yaml").write_text("evidence: error\n")
    (root / "linked.yaml").symlink_to(tmp_path / "outside.yaml")

    with pytest.raises(UsageError, match=r"linked\.yaml leads out of the repository"):
        load_organisation(FolderFiles(root))


def test_from_a_ref_come_policy_and_trust_and_what_it_extends(tmp_path: Path) -> None:
    write(tmp_path, gov__policy="extends: ../base.yaml\n", base="evidence: error\n", gov__trust="keys: []\n")
    committed(tmp_path)
    write(tmp_path, gov__policy="{}\n", base="{}\n", gov__trust="keys: [{id: X}]\n")
    workspace = Workspace(tmp_path).at("main")

    assert workspace.policy.evidence == "error"
    assert workspace.trust.keys == ()
    assert workspace.organisation.layers[0].place().file == "main:base.yaml"
    assert Workspace(tmp_path).policy.evidence == "warning"


def test_what_the_ref_does_not_have_is_not_there(tmp_path: Path) -> None:
    committed(tmp_path)
    write(tmp_path, gov__policy="evidence: error\n")

    assert Workspace(tmp_path).at("HEAD").policy.evidence == "warning"


def test_a_repository_inside_of_another_keeps_its_paths(tmp_path: Path) -> None:
    write(tmp_path / "shop", gov__policy="evidence: error\n")
    write(tmp_path, gov__policy="evidence: warning\n")
    committed(tmp_path)

    assert Workspace(tmp_path / "shop").at("main").policy.evidence == "error"


def test_a_link_in_a_ref_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, base="evidence: error\n")
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / ".rollback-gov" / "policy.yaml").symlink_to("../base.yaml")
    committed(tmp_path)

    with pytest.raises(UsageError, match=r"policy\.yaml is no file in main"):
        read(RefFiles(tmp_path, "main", os.environ), POLICY)


@pytest.mark.parametrize("ref", ["origin/main", "--output=/tmp/x", "main:base.yaml", ""])
def test_a_ref_that_is_not_there_is_wrong_usage(tmp_path: Path, ref: str) -> None:
    write(tmp_path, base="{}\n")
    committed(tmp_path)

    with pytest.raises(UsageError, match="There is no commit"):
        RefFiles(tmp_path, ref, os.environ)


@pytest.mark.parametrize("kind", ["link", "submodule", "link on the way"])
def test_a_folder_that_is_not_the_refs_own_leaves_no_gate_open(tmp_path: Path, kind: str) -> None:
    write(tmp_path, shared__gov__policy="evidence: error\n", gov__policy="extends: ../shared/base.yaml\n")
    if kind == "link on the way":
        (tmp_path / "shared").rename(tmp_path / "elsewhere")
        (tmp_path / "shared").symlink_to("elsewhere")
    else:
        (tmp_path / ".rollback-gov" / "policy.yaml").unlink()
        (tmp_path / ".rollback-gov").rmdir()
    if kind == "link":
        (tmp_path / ".rollback-gov").symlink_to("shared/.rollback-gov")
    committed(tmp_path)
    if kind == "submodule":
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True)
        git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{commit.stdout.strip()},.rollback-gov")
        git(tmp_path, "commit", "--quiet", "--message", "Elsewhere")

    with pytest.raises(UsageError, match=r"(\.rollback-gov|shared) is no folder in main\."):
        _ = Workspace(tmp_path).at("main").policy


def test_settings_beside_a_plan_do_not_move_the_root_of_a_ref(tmp_path: Path) -> None:
    plan = tmp_path / "rollback" / "op-1" / "plan.yaml"
    write(tmp_path, gov__policy="evidence: error\n")
    committed(tmp_path)
    write(plan.parent, gov__policy="{}\n")

    assert Workspace.around(plan).policy.evidence == "warning"
    assert Workspace.around(plan).at("main").policy.evidence == "error"
    assert Workspace.around(plan).at("main").root == tmp_path


def test_settings_that_are_taken_away_do_not_move_the_root_of_a_ref(tmp_path: Path) -> None:
    write(tmp_path, shop__gov__policy="evidence: error\n", shop__plan="{}\n")
    committed(tmp_path)
    (tmp_path / "shop" / ".rollback-gov" / "policy.yaml").unlink()
    (tmp_path / "shop" / ".rollback-gov").rmdir()

    assert Workspace.around(tmp_path / "shop" / "plan.yaml").root == tmp_path
    assert Workspace.around(tmp_path / "shop" / "plan.yaml").at("main").root == tmp_path / "shop"
    assert Workspace.around(tmp_path / "shop").at("main").policy.evidence == "error"


def test_a_plan_that_is_a_link_is_judged_where_it_was_named(tmp_path: Path) -> None:
    """Its own repository says what it likes: a branch may make a plan a link into a submodule."""
    other = tmp_path / "vendor"
    write(other, plan="{}\n")
    committed(other)
    write(tmp_path, gov__policy="evidence: error\n")
    (tmp_path / "plan.yaml").symlink_to("vendor/plan.yaml")
    committed(tmp_path)

    assert Workspace.around(tmp_path / "plan.yaml").root == other
    assert Workspace.around(tmp_path / "plan.yaml").at("main").policy.evidence == "error"


def _with_submodule(root: Path, name: str) -> None:
    """Put another repository, which demands nothing, where a folder was; its refs have the same names."""
    source = root.parent / "source"
    write(source, op__plan="{}\n")
    committed(source)
    if (root / name).exists():
        git(root, "rm", "-r", "--quiet", name)
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(source), name)
    committed(root, "Elsewhere")


def _linked(shop: Path, tmp_path: Path) -> None:
    """Let a link lead to a repository that lies beside this one."""
    _with_submodule(shop, "elsewhere")
    git(shop, "rm", "-r", "--quiet", "rollback")
    (shop / "rollback").symlink_to(tmp_path / "source")
    committed(shop, "A link")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    write(root, gov__policy="evidence: error\n", rollback__op__plan="{}\n")
    committed(root)
    git(root, "checkout", "--quiet", "-b", "branch")
    return root


@pytest.mark.parametrize("start", ["rollback", "rollback/op", "rollback/op/plan.yaml"])
@pytest.mark.parametrize("kind", ["submodule", "a submodule behind a link", "a repository behind a link"])
def test_another_repository_where_the_plans_were_does_not_bring_its_own_gate(
    shop: Path, tmp_path: Path, kind: str, start: str
) -> None:
    if kind == "submodule":
        _with_submodule(shop, "rollback")
    elif kind == "a repository behind a link":
        _linked(shop, tmp_path)
    else:
        _with_submodule(shop, "vendor")
        git(shop, "rm", "-r", "--quiet", "rollback")
        (shop / "rollback").symlink_to("vendor")
        committed(shop, "A link")

    workspace = Workspace.around(shop / start).at("main")

    assert workspace.policy.evidence == "error"
    assert workspace.root == shop


def test_a_repository_in_a_folder_behind_a_link_does_not_bring_its_own_gate(shop: Path, tmp_path: Path) -> None:
    write(tmp_path / "holder" / "op", plan="{}\n")
    committed(tmp_path / "holder" / "op")
    git(shop, "rm", "-r", "--quiet", "rollback")
    (shop / "rollback").symlink_to(tmp_path / "holder")
    committed(shop, "A link")

    workspace = Workspace.around(shop / "rollback" / "op" / "plan.yaml").at("main")

    assert workspace.policy.evidence == "error"
    assert workspace.root == shop


@pytest.mark.parametrize("kind", ["submodule", "a link into the repository", "a link out of it"])
def test_settings_that_a_submodule_or_a_link_hides_leave_no_gate_open(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "shop"
    write(root, rollback__gov__policy="evidence: error\n", rollback__op__plan="{}\n", other__op__plan="{}\n")
    committed(root)
    git(root, "checkout", "--quiet", "-b", "branch")
    if kind == "submodule":
        _with_submodule(root, "rollback")
    elif kind == "a link out of it":
        _linked(root, tmp_path)
    else:
        git(root, "rm", "-r", "--quiet", "rollback")
        (root / "rollback").symlink_to("other")

    with pytest.raises(UsageError, match=r"^rollback has settings in main, and here it is a link or a submodule\."):
        Workspace.around(root / "rollback" / "op" / "plan.yaml").at("main")


@pytest.mark.parametrize("kind", ["work tree", "clone", "link to a clone"])
def test_a_further_work_tree_or_clone_inside_of_another_has_its_own_root(shop: Path, tmp_path: Path, kind: str) -> None:
    outer = tmp_path / "outer"
    write(outer, gov__policy="evidence: warning\n")
    committed(outer)
    inner = outer / "inner"
    if kind == "work tree":
        git(shop, "worktree", "add", "--quiet", str(inner), "main")
    elif kind == "clone":
        shop.rename(inner)
    else:
        inner.symlink_to(shop)

    workspace = Workspace.around(inner / "rollback" / "op").at("main")

    assert workspace.policy.evidence == "error"


def test_a_repository_whose_git_folder_lies_elsewhere_is_one(tmp_path: Path) -> None:
    write(tmp_path, gov__policy="evidence: error\n", rollback__plan="{}\n")
    git(tmp_path, "init", "--quiet", "--separate-git-dir", str(tmp_path / "elsewhere"))
    git(tmp_path, "add", ".rollback-gov")
    git(tmp_path, "commit", "--quiet", "--message", "First")
    write(tmp_path / "rollback", gov__policy="{}\n")

    assert Workspace.around(tmp_path / "rollback").at("main").policy.evidence == "error"


def test_a_folder_of_another_work_tree_without_a_commit_is_its_own(shop: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")

    assert Workspace.around(shop / "rollback").at("main").root == shop


def test_outside_of_a_work_tree_there_is_no_ref(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no commit"):
        _ = Workspace.around(tmp_path).at("main").policy


@pytest.mark.parametrize("kind", ["nowhere", "itself", "folder nowhere", "a file for a folder"])
def test_settings_that_cannot_be_had_leave_no_gate_open(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / ".rollback-gov"
    if kind == "folder nowhere":
        folder.symlink_to("nowhere")
    elif kind == "a file for a folder":
        folder.write_text("")
    else:
        folder.mkdir()
        (folder / "policy.yaml").symlink_to({"nowhere": "gone.yaml", "itself": "policy.yaml"}[kind])

    with pytest.raises(UsageError, match=r"^\.rollback-gov.*(leads nowhere|cannot be read)"):
        FolderFiles(tmp_path).read(POLICY)


@pytest.mark.parametrize(("count", "ends"), [(19, True), (20, False)])
def test_a_long_way_of_policies_has_an_end(tmp_path: Path, count: int, ends: bool) -> None:
    write(tmp_path, gov__policy="extends: 1.yaml\n", **{f"gov__{count}": "{}\n"})
    write(tmp_path, **{f"gov__{number}": f"extends: {number + 1}.yaml\n" for number in range(1, count)})

    if ends:
        assert len(load_organisation(FolderFiles(tmp_path)).layers) == 20
    else:
        with pytest.raises(UsageError, match="extends more than 19 policies"):
            load_organisation(FolderFiles(tmp_path))
