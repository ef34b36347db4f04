"""One CEL expression over a card or results: compiled once, and bounded, since whoever may write a run may write it.

The language is CEL as Kubernetes has it, less what builds values: constraints compare. Without `+` and with few
macros no value grows, and the turns of the macros are counted, so that none takes the operator's time.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import celpy
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.celtypes import BoolType
from celpy.evaluation import CELEvalError, CELUnsupportedError, Evaluator

from fmops_api.selection import AGAINST_BASELINE, RESULTS

MOST_MACROS = 3
MOST_TURNS = 2000
_MACROS = frozenset({"all", "exists", "exists_one", "filter", "map", "map_ex", "reduce", "min"})
_DEEP = "is nested too deeply"
LACKS = "no such member: "
"""How trouble begins that is a name which is not there; the name follows."""
MISMATCH = "compares what cannot be compared; beside a price or a fraction, write 3.0 and not 3"
_ERROR_TYPE = CELEvalError.__name__
"""What the library says of a part that could not be evaluated itself."""


class WrongExpressionError(Exception):
    """An expression that is wrong whatever is known of a model."""


class Verdict(NamedTuple):
    """What an expression says of some values. `trouble` says why that cannot be told; empty when it can."""

    holds: bool
    trouble: str = ""


def fault_in(text: str) -> str:
    """Say what is wrong with an expression over `card` whatever a card says; empty when nothing is."""
    try:
        broken_by(text, "{}")
    except WrongExpressionError as error:
        return str(error)
    return ""


def broken_by(text: str, card: str) -> str:
    """Say why the card, as JSON, breaks the constraint; empty when it holds. Raises WrongExpressionError."""
    holds, trouble = judged(text, (("card", card),))
    if trouble.startswith(LACKS):
        return f"{text}: its card has no {trouble.removeprefix(LACKS)}"
    if trouble:
        return f"{text}: {trouble}"
    return "" if holds else f"{text} is not true"


@lru_cache(maxsize=4096)
def judged(text: str, variables: tuple[tuple[str, str], ...]) -> Verdict:
    """Judge variables, by name and as JSON, by an expression. Raises WrongExpressionError."""
    try:
        value = _program(text).evaluate({name: json_to_cel(json.loads(value)) for name, value in variables})
    except (RecursionError, _TooManyTurnsError) as error:
        why = _DEEP if isinstance(error, RecursionError) else f"goes over more than {MOST_TURNS} entries: nest less"
        raise WrongExpressionError(f"{text}: {why}") from None
    except CELUnsupportedError as error:
        raise WrongExpressionError(f"{text}: {error}") from None
    except CELEvalError as error:
        return Verdict(holds=False, trouble=_because(text, error, [name for name, _ in variables]))
    if not isinstance(value, BoolType):
        raise WrongExpressionError(f"{text}: gives {_kind(value)}, and a constraint is true or false")
    return Verdict(bool(value))


def _because(text: str, error: CELEvalError, known: Sequence[str]) -> str:
    """Tell what could not be judged; raises WrongExpressionError for a name that is none of the variables."""
    said = str(error.args[0]) if error.args else str(error)
    if said.startswith("undeclared reference"):
        raise WrongExpressionError(f"{text}: {_undeclared(said.split(chr(39))[1], known)}")
    if said.startswith("no such member"):
        return LACKS + said.rpartition(": ")[2].strip("'")
    if said == "no such key":
        return "looks at an entry that is not there"
    if _ERROR_TYPE in said:
        return "depends on what is not known"
    if "overload" in said:
        return MISMATCH
    return f"cannot be judged: {said}"


def _undeclared(name: str, known: Sequence[str]) -> str:
    listed = " and ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)
    later = name in (RESULTS, AGAINST_BASELINE)
    elsewhere = "; what was measured is looked at by selection.constraints" if later else ""
    return f"there is no {name}; a constraint looks at {listed}{elsewhere}"


def _kind(value: Any) -> str:
    return {"IntType": "a number", "DoubleType": "a number", "StringType": "a text", "ListType": "a list"}.get(
        type(value).__name__, "something else"
    )


@lru_cache(maxsize=512)
def _program(text: str) -> celpy.Runner:
    environment = celpy.Environment(runner_class=_Runner)
    try:
        tree = environment.compile(text)
    except CELParseError:
        raise WrongExpressionError(f"{text}: is no CEL expression, such as card.openness == 'OpenWeights'") from None
    except RecursionError:
        raise WrongExpressionError(f"{text}: {_DEEP}") from None
    if any(tree.find_data("addition_add")):
        raise WrongExpressionError(f"{text}: adds; a constraint compares, so compare the parts")
    macros = sum(str(call.children[1]) in _MACROS for call in tree.find_data("member_dot_arg"))
    if macros > MOST_MACROS:
        raise WrongExpressionError(f"{text}: has {macros} of all, exists, filter and map; at most {MOST_MACROS}")
    return environment.program(tree)


class _TooManyTurnsError(Exception):
    """The inner expressions of macros were evaluated too often."""


class _Counted(Evaluator):
    """Counts how often a macro's inner expression is evaluated, over all nested macros."""

    def __init__(self, *arguments: Any, turns: Iterator[int], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._turns = turns

    def sub_evaluator(self, ast: Any) -> "_Counted":
        """Make the evaluator of a macro's inner expression."""
        return _Counted(ast, activation=self.activation, turns=self._turns)

    def evaluate(self, context: Any = None) -> Any:
        """Evaluate once; raises _TooManyTurnsError when that was too often."""
        if next(self._turns) > MOST_TURNS:
            raise _TooManyTurnsError
        return super().evaluate(context)


class _Runner(celpy.InterpretedRunner):
    """Runs a program with a fresh count."""

    def evaluate(self, context: Any) -> Any:
        """Evaluate with the names of the context."""
        return _Counted(ast=self.ast, activation=self.new_activation(), turns=itertools.count()).evaluate(context)
