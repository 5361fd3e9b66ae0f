"""What a corpus says of its files: a CSV file, UTF-8, with a line for each.

Its columns are path, kind (speech, noise, rir), speaker and split; also recording, where several files come from one;
for model cards also source, licence and duration_s.
"""

import csv
from pathlib import Path

from tasnet_gui.domain import BadRequest

MANIFEST = "manifest.csv"
KINDS = ("speech", "noise", "rir")

_NEEDED = ("path", "kind", "speaker", "split")

Row = dict[str, str]


def read(folder: Path) -> list[Row]:
    """The rows of a corpus's manifest. What is not said is "".

    Raises:
        BadRequest: there is none, it cannot be read, or a row makes no sense.
    """
    path = folder / MANIFEST
    rows = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets begin UTF-8 with a mark
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            for found in reader:
                row = {column: found.get(column) or "" for column in columns}  # a short line has None
                rows.append(_checked(path, row, reader.line_num))
    except OSError as error:
        raise BadRequest(f"There is no corpus at {folder}: {path.name} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"{path} is not written in UTF-8 ({error.reason}).", "Save it in that encoding.") from error
    except csv.Error as error:
        raise BadRequest(f"{path} is no table ({error}).", "Save it as CSV, with commas.") from error
    return rows


def _checked(path: Path, row: Row, line: int) -> Row:
    if missing := set(_NEEDED) - row.keys():
        raise BadRequest(f"{path} lacks the columns {', '.join(sorted(missing))}.")
    if not row["path"]:
        raise BadRequest(f"Line {line} of {path} names no file.", "Fill in its path, or delete the line.")
    if row["kind"] not in KINDS:
        what = f"Line {line} of {path} says that {row['path']} is of the kind {row['kind']!r}."
        raise BadRequest(what, f"Choose from {', '.join(KINDS)}.")
    return row
