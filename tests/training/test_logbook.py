import json
import re
from pathlib import Path

from tasnet_gui.training import logbook
from tasnet_gui.training.logbook import LOG


def test_steps_that_were_taken_twice_are_drawn_once(tmp_path: Path) -> None:
    steps = [1, 2, 3, 4, 2, 3, 4, 5]  # killed after 4, resumed after 1
    lines = [{"step": step, "loss": -step} for step in steps]
    (tmp_path / LOG).write_text("\n".join(map(json.dumps, lines)) + "\n")
    (curve,) = (line for line in re.findall(r'points="([^"]+)"', logbook.draw(tmp_path).read_text()) if line)
    across = [float(point.split(",")[0]) for point in curve.split()]
    assert len(across) == 5
    assert across == sorted(across)


def test_a_line_that_was_torn_off_costs_only_itself(tmp_path: Path) -> None:
    for step in (1, 2):
        logbook.append(tmp_path, {"step": step, "loss": -step})
    with (tmp_path / LOG).open("ab") as file:
        file.write(b'{"step": 3, "lo')  # the disk was full
    for step in (4, 5):
        logbook.append(tmp_path, {"step": step, "loss": -step})
    with (tmp_path / LOG).open("ab") as file:
        file.write(b"\0\0\0\xff")  # the power failed
    assert [line["step"] for line in logbook.read(tmp_path)] == [1, 2, 4, 5]
    assert "polyline" in logbook.draw(tmp_path).read_text()
