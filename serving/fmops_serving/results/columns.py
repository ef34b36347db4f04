"""The columns of the Parquet files: the one place that says what they are. docs/results.md shows them."""

from typing import NamedTuple

from arro3.core import DataType, Field, Schema

SCHEMA_VERSION = "1"
"""Grows when a column is renamed, retyped or removed; new columns may come without."""


class Column(NamedTuple):
    """One column."""

    name: str
    type: DataType
    description: str
    required: bool = False
    """Whether it is never NULL."""


_TEXT, _WHOLE, _REAL = DataType.utf8(), DataType.int64(), DataType.float64()
_MESSAGE = DataType.struct([Field("role", _TEXT, nullable=False), Field("content", _TEXT, nullable=False)])


def _map(value: DataType) -> DataType:
    return DataType.map(Field("key", _TEXT, nullable=False), Field("value", value, nullable=True), False)


def _list(value: DataType) -> DataType:
    return DataType.list(Field("item", value, nullable=True))


COLUMNS = (
    Column("namespace", _TEXT, "Namespace of the run.", True),
    Column("run", _TEXT, "Name of the EvaluationRun.", True),
    Column("inputs_hash", _TEXT, "What it was measured on; `status.inputsHash`.", True),
    Column("revision", _TEXT, "Version of the candidate that was measured.", True),
    Column("template", _TEXT, "Template or chain, as name@version.", True),
    Column("example", _TEXT, "Example, as set/id.", True),
    Column("example_set", _TEXT, "Example set.", True),
    Column("repeat", _WHOLE, "Which repeat, from 0.", True),
    Column("tags", _list(_TEXT), "Tags of the example."),
    Column("label", _TEXT, "Right class."),
    Column("reference_answers", _list(_TEXT), "Right answers."),
    Column("messages", _list(_MESSAGE), "Prompt as it was sent."),
    Column("output", _TEXT, "Answer; NULL when none came."),
    Column("finish_reason", _TEXT, "Why the answer ended: `stop`, `length` and others."),
    Column("error", _TEXT, "Why no answer came; NULL when one did."),
    Column(
        "scores",
        _map(_REAL),
        "Score of the answer by metric, on its own scale, and by judge, jury and criterion (`general`, "
        "`general.accuracy`), on the rubric's scale; no entry where it is unscored.",
    ),
    Column("classes", _map(_TEXT), "Class read out of the answer, by Classification metric; NULL for none.", False),
    Column("prompt_tokens", _WHOLE, "Tokens of the prompt, as the endpoint counts."),
    Column("output_tokens", _WHOLE, "Tokens of the answer, as the endpoint counts."),
    Column("time_to_first_token", _REAL, "Seconds from sending to the first token."),
    Column("time_between_tokens", _REAL, "Mean seconds between the tokens after the first."),
    Column("request_time", _REAL, "Seconds from sending to the end of the answer."),
    Column("attempts", _WHOLE, "Requests that were needed; 0 when the prompt could not be rendered."),
    Column("prompt_hash", _TEXT, "Digest of everything that makes an answer different."),
    Column("at", DataType.timestamp("ms", tz="UTC"), "When it was done."),
    Column("cached", _TEXT, "Earlier inputs that it was asked for; NULL when it was asked for these."),
)


def schema() -> Schema:
    """Give the columns as Arrow knows them."""
    return Schema([Field(column.name, column.type, nullable=not column.required) for column in COLUMNS])
