"""Is a folder on a network file system? Locks and syncs of a journal prove nothing there."""

from __future__ import annotations

_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "ocfs2", "gfs2"})
_FUSE = ("sshfs", "s3fs", "gcsfuse", "rclone", "glusterfs", "ceph", "davfs2", "curlftpfs", "smbnetfs", "blobfuse")


def network_kind(mountinfo: str, path: str) -> str:
    """Give the kind of the network file system on which ``path`` lies, such as ``nfs4``; empty for a local one.

    ``mountinfo`` is the text of ``/proc/self/mountinfo`` (proc_pid_mountinfo(5)), ``path`` absolute and without links.
    """
    kind, longest = "", -1
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = _plain(fields[4])
        if len(point) >= longest and (path == point or path.startswith(point.rstrip("/") + "/")):
            kind, longest = after.split(" ")[0], len(point)
    return kind if _is_network(kind) else ""


def _is_network(kind: str) -> bool:
    return kind in _NETWORK or (kind.startswith("fuse.") and kind.removeprefix("fuse.").startswith(_FUSE))


def _plain(field: str) -> str:
    """The kernel writes spaces, tabs, line feeds and backslashes of a path as three octal digits."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, character)
    return field
