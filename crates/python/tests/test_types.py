"""The types: what people write passes the strictest checks, and mistakes do not."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent


def mypy(file, tmp_path):
    return [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", f"--cache-dir={tmp_path}", str(file)]


def pyright(file, tmp_path):
    # It looks for files in its project only.
    (tmp_path / file.name).write_text(file.read_text())
    project = tmp_path / "pyrightconfig.json"
    project.write_text(f'{{"typeCheckingMode": "strict", "include": ["{file.name}"]}}')
    return ["node", os.environ["TICKETLENS_TEST_PYRIGHT"], "--project", str(project), "--pythonpath", sys.executable]


def check(checker, file, tmp_path):
    # The packages are found where this process has them from.
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = os.environ | {"MYPYPATH": os.environ["PYTHONPATH"], "PYTHONPATH": path}
    return subprocess.run(checker(file, tmp_path), capture_output=True, text=True, cwd=tmp_path, env=environment)


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_program_that_uses_all_of_it_passes(checker, tmp_path):
    ran = check(checker, HERE / "typed.py", tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_mistakes_are_found_where_they_are(checker, tmp_path):
    file = HERE / "wrongly_typed.py"
    ran = check(checker, file, tmp_path)
    lines = file.read_text().splitlines()
    mistakes = {number for number, line in enumerate(lines, 1) if line.endswith("# mistake")}
    found = {int(number) for number in re.findall(rf"{file.name}:(\d+):.*error", ran.stdout)}
    assert found == mistakes, ran.stdout


def test_the_program_runs(tmp_path):
    environment = os.environ | {"TICKETLENS_ENABLED": "false"}
    ran = subprocess.run([sys.executable, str(HERE / "typed.py")], capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr


def test_the_types_are_those_of_the_code():
    """mypy's own comparison of the stub with what is imported."""
    allowed = HERE / "stubtest.txt"
    ran = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "ticketlens", "--ignore-missing-stub", "--allowlist", str(allowed),
         "--ignore-disjoint-bases"],
        capture_output=True, text=True, env=os.environ | {"MYPYPATH": os.environ["PYTHONPATH"]},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
