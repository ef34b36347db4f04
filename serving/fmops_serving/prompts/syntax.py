"""Static checks of one message: is it written in our part of Jinja2, over declared variables?"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from jinja2 import Template as Compiled
from jinja2 import TemplateSyntaxError, nodes

from fmops_api.promptcatalog import VariableType
from fmops_serving.prompts.dialect import ALLOWED, DEPTH_LIMIT, FILTERS, LOOP_ATTRIBUTES, NODES_LIMIT, environment
from fmops_serving.prompts.faults import did_you_mean

Types = tuple[tuple[str, VariableType], ...]
_COMPARISONS = "a comparison needs a constant on one side, such as tone == 'formal'"


class Text(str):
    """A piece of a message that stands there as it is."""

    __slots__ = ()


class Syntax(NamedTuple):
    """What a message is: its faults as sentences, the variables it uses, the program when there are no faults."""

    faults: tuple[str, ...]
    used: frozenset[str]
    program: Compiled | None
    pieces: tuple[Text | str, ...] | None = None
    """Texts and names of variables, where the message is nothing more: joining them is all that the program would do,
    in a tenth of the time.
    """


class _Scope(NamedTuple):
    types: Mapping[str, VariableType]
    targets: frozenset[str] = frozenset()
    depth: int = 0

    def entered(self, target: str) -> "_Scope":
        return _Scope(self.types, self.targets | {target}, self.depth + 1)

    def deeper(self) -> "_Scope":
        return self._replace(depth=self.depth + 1)


@lru_cache(maxsize=1024)
def check_syntax(content: str, types: Types) -> Syntax:
    """Read a message with these declared variables; the result is kept, for it depends on nothing else."""
    try:
        tree = environment().parse(content)
        faults = tuple(dict.fromkeys(_too_large(tree) or _faults(tree.body, _Scope(dict(types)))))
        used = frozenset(node.name for node in tree.find_all(nodes.Name))
        if faults:
            return Syntax(faults, used, None)
        return Syntax((), used, environment().from_string(content), _pieces(tree))
    except TemplateSyntaxError as error:
        sentence = f"line {error.lineno}: {(error.message or 'is no template').rstrip('.')}"
    except (RecursionError, MemoryError, SyntaxError):
        sentence = "is nested too deeply to be read"
    except ValueError:
        sentence = "holds a number that is too long to be read"
    return Syntax((sentence,), frozenset(), None)


def _pieces(tree: nodes.Template) -> tuple[Text | str, ...] | None:
    """Give what a message of texts and plain variables is made of; None for one that decides or computes."""
    found: list[Text | str] = []
    for output in tree.body:
        for node in output.nodes if isinstance(output, nodes.Output) else [output]:
            if isinstance(node, nodes.TemplateData):
                found.append(Text(node.data))
            elif isinstance(node, nodes.Name):
                found.append(node.name)
            else:
                return None
    return tuple(found)


def _too_large(tree: nodes.Template) -> list[str]:
    count = sum(1 for _ in tree.find_all(nodes.Node))
    return [f"has {count} parts, {NODES_LIMIT} are the most: cut it into messages"] if count > NODES_LIMIT else []


def _faults(body: Iterable[nodes.Node], scope: _Scope) -> Iterator[str]:
    for node in body:
        yield from (f"line {node.lineno or 1}: {sentence}" for sentence in _own_faults(node, scope))
        if isinstance(node, nodes.For):
            yield from _loop_faults(node, scope)
        elif isinstance(node, ALLOWED) and not _is_loop_attribute(node, scope):
            inner = scope.deeper() if isinstance(node, nodes.If | nodes.CondExpr) else scope
            yield from _faults(node.iter_child_nodes(), inner)


def _own_faults(node: nodes.Node, scope: _Scope) -> list[str]:
    if not isinstance(node, ALLOWED):
        return [_forbidden(node)]
    if scope.depth > DEPTH_LIMIT:
        return [f"conditions nest deeper than {DEPTH_LIMIT}"]
    if isinstance(node, nodes.Name):
        return _name_faults(node.name, scope)
    if isinstance(node, nodes.Filter):
        return _filter_faults(node)
    if isinstance(node, nodes.Compare):
        return _comparison_faults(node, scope)
    if isinstance(node, nodes.Getattr):
        return _attribute_faults(node, scope)
    if isinstance(node, nodes.Const):
        return _constant_faults(node.value)
    return []


def _forbidden(node: nodes.Node) -> str:
    words = {
        nodes.Call: "calls",
        nodes.Getitem: "item access such as x[0]; use first or last",
        nodes.Include: "include",
        nodes.Import: "import",
        nodes.FromImport: "import",
        nodes.Extends: "extends",
        nodes.Macro: "macros",
        nodes.Assign: "set",
        nodes.AssignBlock: "set",
        nodes.Concat: "joining with ~; write one value after the other",
        nodes.Scope: "autoescape",
        nodes.BinExpr: "arithmetic",
        nodes.UnaryExpr: "arithmetic",
        nodes.Literal: "lists and objects of their own",
        nodes.Test: "tests with is; write {% if name %}",
    }
    what = next((text for kind, text in words.items() if isinstance(node, kind)), type(node).__name__.lower())
    return f"prompts may not use {what}"


def _name_faults(name: str, scope: _Scope) -> list[str]:
    if name != "loop" and (name in scope.types or name in scope.targets):
        return []
    return [f"{name} is not among the variables: declare it{did_you_mean(name, scope.types)}"]


def _filter_faults(node: nodes.Filter) -> list[str]:
    if node.name not in FILTERS:
        return [f"there is no filter {node.name} for prompts{did_you_mean(node.name, FILTERS)}"]
    if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
        return [f"the filter {node.name} stands after a value, with plain arguments"]
    plain = [*node.args, *(argument.value for argument in node.kwargs)]
    if not all(isinstance(argument, nodes.Const | nodes.Name) for argument in plain):
        return [f"the filter {node.name} takes constants and variables only"]
    return []


def _comparison_faults(node: nodes.Compare, scope: _Scope) -> list[str]:
    sides = [node.expr, *(operand.expr for operand in node.ops)]
    if len(sides) > 2:
        return ["chained comparisons; write two, with and"]
    if node.ops[0].op in ("in", "notin"):
        listed = isinstance(sides[1], nodes.Name) and scope.types.get(sides[1].name) == VariableType.LIST
        return [] if listed else [f"{node.ops[0].op} looks into a variable of type List only"]
    return [] if any(isinstance(side, nodes.Const) for side in sides) else [_COMPARISONS]


def _attribute_faults(node: nodes.Getattr, scope: _Scope) -> list[str]:
    if _is_loop_attribute(node, scope):
        return (
            []
            if node.attr in LOOP_ATTRIBUTES
            else [f"loop has no {node.attr}{did_you_mean(node.attr, LOOP_ATTRIBUTES)}"]
        )
    return [f"values are plain text, numbers and lists: .{node.attr} is not there to be read"]


def _is_loop_attribute(node: nodes.Node, scope: _Scope) -> bool:
    if not isinstance(node, nodes.Getattr) or not isinstance(node.node, nodes.Name):
        return False
    return node.node.name == "loop" and "loop" in scope.targets


def _constant_faults(value: object) -> list[str]:
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        return ["holds half a character (a lone surrogate), which cannot be sent"]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return ["holds a number that is too large"]
    return []


def _loop_faults(node: nodes.For, scope: _Scope) -> Iterator[str]:
    for sentence in _loop_head_faults(node, scope):
        yield f"line {node.lineno}: {sentence}"
    target = node.target.name if isinstance(node.target, nodes.Name) else ""
    yield from _faults([node.iter, *node.else_], scope)
    yield from _faults(node.body, scope.entered(target).entered("loop"))


def _loop_head_faults(node: nodes.For, scope: _Scope) -> Iterator[str]:
    if not (isinstance(node.iter, nodes.Name) and scope.types.get(node.iter.name) == VariableType.LIST):
        yield "for goes over a variable of type List only"
    if not isinstance(node.target, nodes.Name) or node.target.name in scope.types or node.target.name == "loop":
        yield "for needs one new name for the item, that no variable has"
    if "loop" in scope.targets:
        yield "for inside for is not allowed"
    if node.recursive or node.test is not None:
        yield "for takes neither recursive nor if; put the condition inside"
