"""The lines of a journal: what each says, and the rows that they add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from typing import Any

from tasnet_gui.batch.items import WAITING, BatchItem, BatchState, Levels, Outcome
from tasnet_gui.batch.naming import Naming, results
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.rows import Rows

Record = dict[str, Any]


def from_rows(rows: Iterable[tuple[int, BatchItem]]) -> list[Record]:
    """That rows were put in, each at its place; neighbours with the same options share a line."""
    lines = []
    for options, group in groupby(rows, key=lambda row: row[1].options):
        lines.append({"add": [[place, from_item(row)] for place, row in group], "options": options.as_dict()})
    return lines


def from_end(row: BatchItem) -> Record:
    """How a row ended."""
    outcome = asdict(row.outcome) if row.outcome else None
    return {"end": row.id, "state": _from_state(row.state), "outcome": outcome, "duration": row.duration}


def from_ends(ids: list[int], state: BatchState) -> Record:
    """That many rows came to the same end without work: a line each would take 0.1 s for 10,000."""
    return {"ends": ids, "state": _from_state(state)}


@dataclass
class Past:
    """What a journal tells."""

    rows: Rows = field(default_factory=Rows)
    namings: dict[int, Naming] = field(default_factory=dict)  # the names that rows were given, by id
    begun: set[int] = field(default_factory=set)  # the rows that were begun and did not come to their end
    ids: set[int] = field(default_factory=set)  # all that were ever given
    earlier: set[str] = field(default_factory=set)  # the results of batches whose journals this one has replaced

    @property
    def folders(self) -> set[str]:
        """Where results were written to."""
        return {naming.folder for naming in self.namings.values()}

    @property
    def results(self) -> set[str]:
        """The files that came of these rows, or may have: a process can end when they are there, but not called so."""
        told = {path for row in self.rows if row.outcome for path in row.outcome.outputs.values()}
        named = ((row, self.namings[row.id]) for row in self.rows if row.id in self.namings)
        return told.union(*(results(row, naming) for row, naming in named))


def replay(lines: Iterable[Record]) -> Past:
    """What these lines add up to. What was being done waits.

    Raises:
        KeyError, TypeError, ValueError, BadRequest: a line makes no sense.
    """
    past = Past()
    rows = past.rows
    for line in lines:
        if "earlier" in line:
            past.earlier.update(line["earlier"])
        elif "add" in line:
            options = BatchOptions.from_dict(line["options"])
            rows.insert([(place, item(values, options)) for place, values in line["add"]])
            past.ids.update(values["id"] for _, values in line["add"])
        elif "move" in line:
            rows.move(line["move"], line["before"])
        elif "remove" in line:
            rows.take_out(line["remove"])
        elif "retry" in line:
            for row in [found for id_ in line["retry"] if (found := rows.get(id_))]:
                rows.put(replace(row, state=WAITING))
        elif "revise" in line:
            revise(past, line["revise"], BatchOptions.from_dict(line["options"]))
        elif "begin" in line:
            past.namings[line["begin"]] = Naming(**line["naming"])
            past.begun.add(line["begin"])
            _change(rows, line["begin"], duration=line["duration"])
        elif "ends" in line:
            end_all(past, line["ends"], _state(line["state"]))
        elif "end" in line:
            past.begun.discard(line["end"])
            result = outcome(line["outcome"]) if line["outcome"] else None
            _change(rows, line["end"], state=_state(line["state"]), outcome=result, duration=line["duration"])
    return past


def revise(past: Past, ids: Iterable[int], options: BatchOptions) -> None:
    """Give rows other options, and names of their own anew."""
    for id_ in ids:
        past.namings.pop(id_, None)
        _change(past.rows, id_, options=options)


def end_all(past: Past, ids: Iterable[int], state: BatchState) -> None:
    """Let rows end without work."""
    past.begun.difference_update(ids)
    for id_ in ids:
        _change(past.rows, id_, state=state, outcome=None)


def from_item(row: BatchItem) -> Record:
    """A row without its options, which many share."""
    values: Record = {"id": row.id, "source": row.source, "relative": row.relative, "size": row.size}
    if row.duration is not None:
        values["duration"] = row.duration
    if row.state.ended:
        values["state"] = _from_state(row.state)
    if row.outcome:
        values["outcome"] = asdict(row.outcome)
    return values


def item(values: Mapping[str, Any], options: BatchOptions) -> BatchItem:
    """The row that `from_item` made this of."""
    return BatchItem(
        id=values["id"],
        source=values["source"],
        options=options,
        relative=values["relative"],
        size=values["size"],
        duration=values.get("duration"),
        state=_state(values["state"]) if "state" in values else WAITING,
        outcome=outcome(values["outcome"]) if "outcome" in values else None,
    )


def outcome(values: Mapping[str, Any]) -> Outcome:
    """The outcome that `dataclasses.asdict` made this of."""
    levels = {track: Levels(**level) for track, level in values["levels"].items()}
    return Outcome(**{**values, "levels": levels, "notes": tuple(values["notes"])})


def _change(rows: Rows, id_: int, **values: Any) -> None:
    if row := rows.get(id_):  # not when it was removed meanwhile
        rows.put(replace(row, **values))


def _from_state(state: BatchState) -> Record:
    return {"kind": state.kind, "reason": state.reason, "todo": state.todo}


def _state(values: Mapping[str, Any]) -> BatchState:
    return BatchState(values["kind"], reason=values["reason"], todo=values["todo"])
