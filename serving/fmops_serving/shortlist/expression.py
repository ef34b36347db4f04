"""One CEL expression over `card`: compiled once, and bounded, since whoever may write a run may write it.

The language is CEL as Kubernetes has it, less what builds values: constraints compare. Without `+` and with few
macros no value grows, and the turns of the macros are counted, so that none takes the operator's time.
"""

import itertools
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import celpy
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.celtypes import BoolType
from celpy.evaluation import CELEvalError, CELUnsupportedError, Evaluator

MOST_MACROS = 3
MOST_TURNS = 2000
_MACROS = frozenset({"all", "exists", "exists_one", "filter", "map", "map_ex", "reduce", "min"})
_DEEP = "is nested too deeply"


class WrongExpressionError(Exception):
    """An expression that is wrong whatever the card says."""


def fault_in(text: str) -> str:
    """Say what is wrong with an expression whatever a card says; empty when nothing is."""
    try:
        _program(text)
        broken_by(text, "{}")
    except WrongExpressionError as error:
        return str(error)
    return ""


@lru_cache(maxsize=4096)
def broken_by(text: str, card: str) -> str:
    """Say why the card, as JSON, breaks the constraint; empty when it holds. Raises WrongExpressionError."""
    try:
        value = _program(text).evaluate({"card": json_to_cel(json.loads(card))})
    except (RecursionError, _TooManyTurnsError) as error:
        why = _DEEP if isinstance(error, RecursionError) else f"goes over more than {MOST_TURNS} entries: nest less"
        raise WrongExpressionError(f"{text}: {why}") from None
    except CELUnsupportedError as error:
        raise WrongExpressionError(f"{text}: {error}") from None
    except CELEvalError as error:
        return f"{text}: {_because(text, error)}"
    if not isinstance(value, BoolType):
        raise WrongExpressionError(f"{text}: gives {_kind(value)}, and a constraint is true or false")
    return "" if value else f"{text} is not true"


def _because(text: str, error: CELEvalError) -> str:
    """Tell what the card lacks; raises WrongExpressionError for what no card can have."""
    said = str(error.args[0]) if error.args else str(error)
    if said.startswith("undeclared reference"):
        name = said.split("'")[1]
        raise WrongExpressionError(f"{text}: there is no {name}; a constraint looks at card")
    if said.startswith("no such member"):
        return f"its card has no {said.rpartition(': ')[2].strip(chr(39))}"
    if "overload" in said:
        return "compares what cannot be compared; beside a price or a fraction, write 3.0 and not 3"
    return f"cannot be judged: {said}"


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
