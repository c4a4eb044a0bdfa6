"""`make bundle`: one archive that installs where no package registry can be reached: the tree as committed, every wheel, and a list of checksums."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

from visitation.web.i18n import compile_catalogs

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"


def main() -> int:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    commit = subprocess.run(["git", "rev-parse", "--short=10", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    name = f"visits-{version}-{commit}"
    folder = DIST / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _tree(folder)
    _wheels(folder)
    (folder / "RELEASE").write_text(f"{version} {commit}\n", encoding="utf-8")
    _checksums(folder)
    archive = DIST / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=6) as file:
        file.add(folder, arcname=name)
    shutil.rmtree(folder)
    sys.stdout.write(f"{archive}\n{hashlib.sha256(archive.read_bytes()).hexdigest()}\n")
    return 0


def _tree(folder: Path) -> None:
    """What is committed, and nothing that lies about in the working tree."""
    made = subprocess.run(["git", "archive", "--format=tar", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=made, check=True)
    compile_catalogs(folder / "translations")  # the services may not write where they are installed


def _wheels(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "-qq", "--only-binary", ":all:", "--dest", str(folder / "wheels")]
    subprocess.run([*pip, "-r", "requirements.txt", "-c", "constraints.txt"], cwd=ROOT, check=True)


def _checksums(folder: Path) -> None:
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in sorted(folder.rglob("*")) if path.is_file()]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
