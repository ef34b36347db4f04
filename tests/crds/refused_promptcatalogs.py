"""Templates and rubrics of PromptCatalogs that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, prompt_catalog, rubric, template
from tests.crds.rows import Refused

LIMIT = 65536


def _template(**fields: Any) -> Manifest:
    return prompt_catalog(templates=[template(**fields)])


def _variable(**fields: Any) -> Manifest:
    return _template(variables=[{"name": "input", **fields}])


def _generation(**fields: Any) -> Manifest:
    return _template(generation=fields)


def _rubric(anchors: dict[str, str], **fields: Any) -> Manifest:
    criterion = {"name": "helpfulness", "description": "Does it help?", "anchors": anchors}
    return prompt_catalog(rubrics=[rubric(criteria=[criterion], **fields)])


ROWS = (
    Refused(
        "a catalogue of nothing", prompt_catalog(templates=None), "spec", "an empty catalogue: give templates, rubrics"
    ),
    Refused("a catalogue of empty lists", prompt_catalog(templates=[]), "spec", "an empty catalogue: give templates"),
    Refused(
        "a template's name in capitals",
        _template(name="Triage"),
        "spec.templates[0].name",
        "must be lower-case letters",
    ),
    Refused(
        "an empty name", _template(name=""), "spec.templates[0].name", "must be lower-case letters, digits and '-'"
    ),
    Refused("a name in Greek", _template(name="τριάζ"), "spec.templates[0].name", "must be lower-case letters, digits"),
    Refused("a template without a version", _template(version=None), "spec.templates[0].version", "Required value"),
    Refused("version zero", _template(version=0), "spec.templates[0].version", "greater than or equal to 1"),
    Refused("a version as text", _template(version="v1"), "spec.templates[0].version", "must be of type integer"),
    Refused(
        "the same version twice",
        prompt_catalog(templates=[template(), template()]),
        "spec.templates[1]",
        "Duplicate value",
    ),
    Refused(
        "a label on two versions",
        prompt_catalog(templates=[template(labels=["production"]), template(version=2, labels=["production"])]),
        "spec",
        "a label stands on one version of a name: remove it from the other version",
    ),
    Refused(
        "a label that looks like a version",
        _template(labels=["2"]),
        "spec.templates[0].labels[0]",
        "starting with a letter, so that it is no version",
    ),
    Refused("a label twice", _template(labels=["a", "a"]), "spec.templates[0].labels[1]", "Duplicate value"),
    Refused("no messages", _template(messages=[]), "spec.templates[0].messages", "should have at least 1 items"),
    Refused(
        "an empty message",
        _template(messages=[{"role": "User", "content": ""}]),
        "spec.templates[0].messages[0].content",
        "at least 1 chars long",
    ),
    Refused(
        "a role in small letters",
        _template(messages=[{"role": "user", "content": "x"}]),
        "spec.templates[0].messages[0].role",
        'supported values: "System", "User", "Assistant"',
    ),
    Refused(
        "a system prompt that nobody answers",
        _template(messages=[{"role": "System", "content": "Be kind."}]),
        "spec.templates[0]",
        "messages needs a message with role User",
    ),
    Refused(
        "a variable with a dash",
        _variable(name="ticket-text"),
        "spec.templates[0].variables[0].name",
        "must be a variable name: letters, digits and '_'",
    ),
    Refused(
        "a variable that is a word of Jinja",
        _variable(name="if"),
        "spec.templates[0].variables[0]",
        "name is a word of the template language: choose another one",
    ),
    Refused(
        "a longest number",
        _variable(type="Integer", maxLength=3),
        "spec.templates[0].variables[0]",
        "maxLength belongs to type String",
    ),
    Refused(
        "the same variable twice",
        _template(variables=[{"name": "a"}, {"name": "a"}]),
        "spec.templates[0].variables[1]",
        "Duplicate value",
    ),
    Refused(
        "a temperature above two",
        _generation(temperature="2.5"),
        "spec.templates[0].generation.temperature",
        "must be a temperature from 0 to 2, such as 0.7",
    ),
    Refused(
        "a temperature as a number",
        _generation(temperature=0.7),
        "spec.templates[0].generation.temperature",
        "must be of type string",
    ),
    Refused(
        "a nucleus of nothing", _generation(topP="0"), "spec.templates[0].generation.topP", "must be more than zero"
    ),
    Refused("an answer of no tokens", _generation(maxTokens=0), "spec.templates[0].generation.maxTokens", "equal to 1"),
    Refused("an empty stop", _generation(stop=[""]), "spec.templates[0].generation.stop[0]", "at least 1 chars long"),
    Refused(
        "a seed beyond 31 bits",
        _generation(seed=2**31),
        "spec.templates[0].generation.seed",
        "less than or equal to 2147483647",
    ),
    Refused(
        "a shape of nothing",
        _template(outputSchema={}),
        "spec.templates[0].outputSchema",
        "should have at least 1 properties",
    ),
    Refused(
        "a shape as text", _template(outputSchema='{"type": "string"}'), "spec.templates[0].outputSchema", "type object"
    ),
    Refused(
        "a rubric without anchors",
        _rubric({}),
        "spec.rubrics[0].criteria[0].anchors",
        "should have at least 1 properties",
    ),
    Refused(
        "a rubric with one end",
        _rubric({"1": "bad"}),
        "spec.rubrics[0]",
        "a criterion needs anchors for both ends of the scale: scale.min and scale.max",
    ),
    Refused(
        "an anchor off the scale",
        _rubric({"1": "bad", "5": "good", "6": "better"}),
        "spec.rubrics[0]",
        "an anchor is a score of the scale: from scale.min to scale.max",
    ),
    Refused(
        "an anchor in words",
        _rubric({"1": "bad", "5": "good", "five": "good"}),
        "spec.rubrics[0].criteria[0].anchors",
        "each key must be a whole number such as 1",
    ),
    Refused(
        "a scale that goes down",
        _rubric({"1": "good", "5": "bad"}, scale={"min": 5, "max": 1}),
        "spec.rubrics[0].scale",
        "a scale goes up: min must be less than max",
    ),
    Refused(
        "a rubric without criteria",
        prompt_catalog(rubrics=[rubric(criteria=[])]),
        "spec.rubrics[0].criteria",
        "at least 1",
    ),
    Refused(
        "one message beyond 64 KiB",
        _template(messages=[{"role": "User", "content": "x" * (LIMIT + 1)}]),
        "spec.templates[0].messages[0].content",
        "may not be more than 65536",
    ),
)
