import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasnet_gui import cli
from tasnet_gui.domain import ModelCard


@pytest.fixture
def tasnet(
    tiny_model: Callable[..., ModelCard], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """`tasnet(file, "--json")`: exit code, standard output and standard error; the results are in tmp_path / out."""
    model = tiny_model()

    def run(*arguments: object) -> tuple[int, str, str]:
        fixed = ["separate", "-o", tmp_path / "out", "--device", "cpu", "--model", model.folder]
        code = cli.main([os.fspath(part) if isinstance(part, Path) else str(part) for part in (*fixed, *arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run
