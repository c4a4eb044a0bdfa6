"""`make backup TO=folder` and `make restore FROM=folder/backup-…`.

A backup is a folder: the database at one moment (SQLite's online backup, or pg_dump of an exported snapshot), the audit's heads, and a manifest
with checksums and the number of rows of every table. It is verified by reading it back before it counts.
The secrets are not in it: keep them elsewhere; without them a backup opens nothing.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.databases import Database, open_database
from ops.environment import compose, plan


def save(target: Path) -> Path:
    """Make a backup under `target`; returns its folder. Raises when it cannot be read back."""
    environment = compose(plan())
    folder = target / f"backup-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True, mode=0o700)
    database = open_database(environment["DATABASE_URL"])
    file = folder / database.file_name
    tables = database.dump(file)
    file.chmod(0o600)
    heads = Path(environment["DATA_DIR"]) / "audit"
    if heads.exists():
        shutil.copytree(heads, folder / "audit")
    manifest = {"made": datetime.now(UTC).isoformat(), "engine": database.engine, "tables": tables, "files": _checksums(folder)}
    _check(database, folder, manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return folder


def restore(folder: Path) -> dict[str, int]:
    """Put a backup in place of the configured database, which must be empty or absent; returns the rows of each table, compared with the manifest."""
    environment = compose(plan())
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    database = open_database(environment["DATABASE_URL"])
    if manifest["engine"] != database.engine:
        raise SystemExit(f"this backup is of {manifest['engine']}, the configured database is {database.engine}")
    _check(database, folder, manifest)
    if database.rows():
        raise SystemExit(f"{database.place} is not empty. Move it away first; nothing was changed.")
    database.load(folder / database.file_name)
    found = database.rows()
    if found != manifest["tables"]:
        raise SystemExit("the restored database differs from the manifest")
    heads = Path(environment["DATA_DIR"]) / "audit"
    if (folder / "audit").exists() and not heads.exists():
        shutil.copytree(folder / "audit", heads)
    _verify_audit(environment)
    return found


def _check(database: Database, folder: Path, manifest: dict[str, Any]) -> None:
    if _checksums(folder) != manifest["files"]:
        raise SystemExit(f"{folder} was altered: its checksums differ from the manifest")
    if database.contents(folder / database.file_name) != manifest["tables"]:
        raise SystemExit(f"{folder} cannot be read back as it was written")


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _verify_audit(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "audit-verify"]
    if subprocess.run(command, env={**os.environ, **environment}, check=False).returncode:
        raise SystemExit("restored, but the audit is not whole: see above")


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not arguments[1] or arguments[0] not in ("save", "restore"):
        sys.stderr.write("make backup TO=folder, or make restore FROM=folder/backup-…\n")
        return 2
    if arguments[0] == "save":
        sys.stdout.write(f"{save(Path(arguments[1]))}\n")
    else:
        found = restore(Path(arguments[1]))
        sys.stdout.write(f"restored and verified: {sum(found.values())} rows in {len(found)} tables\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
