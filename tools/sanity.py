# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test sanity in a copy of the checkout: `python -m tools.sanity [test …]`.

ansible-test wants to be below a directory called ansible_collections/stratum/aws, which a checkout seldom is. It installs
what its tests need into environments of its own; those live in .cache/sanity and come from the package index that pip is
set up for.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache/sanity"

# Every sanity test for collections that can run here. Not here: pslint, which needs PowerShell and has nothing to look at.
TESTS = (
    "action-plugin-docs",
    "ansible-doc",
    "changelog",
    "compile",
    "empty-init",
    "ignores",
    "import",
    "line-endings",
    "no-assert",
    "no-get-exception",
    "no-illegal-filenames",
    "no-smart-quotes",
    "pep8",
    "pylint",
    "replace-urlopen",
    "runtime-metadata",
    "shebang",
    "shellcheck",
    "symlinks",
    "use-argspec-type-path",
    "use-compat-six",
    "validate-modules",
    "yamllint",
)

# Where ansible-test keeps them, it fetches a script that installs pip. Ours is at hand, and copied in a tenth of a second; what installs
# it takes four, in each of ten environments.
_BOOTSTRAP = """\
import shutil
import sysconfig
from pathlib import Path

source, target = Path({source!r}), Path(sysconfig.get_path("purelib"))
for part in (source / "pip", *source.glob("pip-*.dist-info")):
    shutil.copytree(part, target / part.name, dirs_exist_ok=True)
"""


def _files() -> list[str]:
    """Return the files that are, or could be, under version control."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def _prepare_home(home: Path) -> None:
    """Make a home directory for ansible-test: its caches, the script that brings pip, and pip's settings."""
    import ansible_test
    import pip

    requirements = Path(*ansible_test.__path__) / "_internal/python_requirements.py"
    versions = set(re.findall(r"pip='([\d.]+)'", requirements.read_text(encoding="utf-8")))
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    bootstrap = _BOOTSTRAP.format(source=str(Path(pip.__file__).parent.parent))
    for version in versions:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(bootstrap, encoding="utf-8")

    # ansible-test hides the environment from pip, and the home directory is not the user's.
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True).stdout
    settings = dict(re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", listed, re.MULTILINE))
    config = home / ".config/pip/pip.conf"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.touch(mode=0o600)
    lines = [f"{key} = {value.replace(chr(92) + 'n', chr(10) + '    ')}\n" for key, value in settings.items() if key != "config-file"]
    config.write_text("[global]\n" + "".join(lines), encoding="utf-8")


@contextmanager
def copied_collection() -> Iterator[Path]:
    """Copy the checkout to where ansible-test accepts it, beside links to the collections that ours uses."""
    import ansible_collections

    (installed,) = {path for path in map(Path, ansible_collections.__path__) if (path / "amazon").is_dir()}
    with tempfile.TemporaryDirectory(prefix="stratum-sanity-") as directory:
        collections = Path(directory).resolve() / "ansible_collections"
        place = collections / "stratum/aws"
        for name in _files():
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target, follow_symlinks=False)
        for namespace in ("amazon", "ansible", "community", "kubernetes"):
            (collections / namespace).symlink_to(installed / namespace)
        yield place


def sanity(place: Path, tests: Sequence[str], *, only: Sequence[str] = (), capture: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the sanity tests named in a copied collection, on everything or on these folders (`plugins/`) only."""
    home = CACHE / "home"
    _prepare_home(home)
    command = ["ansible-test", "sanity", "--python", ".".join(platform.python_version_tuple()[:2]), "--color", "no"]
    for test in tests:
        command += ["--test", test]
    command += only
    environment = {
        **os.environ,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    output = subprocess.PIPE if capture else None
    return subprocess.run(
        command, cwd=place, env=environment, stdout=output, stderr=subprocess.STDOUT if capture else None, text=True, check=False
    )


def main() -> int:
    """Run what is asked for; the exit code is that of ansible-test."""
    parser = argparse.ArgumentParser(prog="python -m tools.sanity", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tests", nargs="*", metavar="test", help=f"one of {', '.join(TESTS)} (default: all)")
    tests = parser.parse_args().tests or TESTS
    with copied_collection() as place:
        return sanity(place, tests).returncode


if __name__ == "__main__":
    sys.exit(main())
