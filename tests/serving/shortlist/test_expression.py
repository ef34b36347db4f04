"""Constraints over a card: what holds, what excludes with which words, and what is wrong whatever a card says."""

from typing import Any

import pytest
import yaml

from fmops_api.candidates import Candidates
from fmops_api.foundationmodel import FoundationModel
from fmops_api.shortlist import shortlist
from fmops_serving.shortlist.expression import MOST_TURNS
from fmops_serving.shortlist.judging import ConstraintError, faults_of, judge_of
from tests.cluster.paths import REPOSITORY
from tests.crds.objects import foundation_model

CARD: dict[str, Any] = {
    "license": {"spdx": "Apache-2.0", "commercialUse": "Allowed"},
    "languages": ["en", "de"],
    "parameters": "8B",
    "contextWindow": 131072,
    "skills": {"teamFamiliarity": "0.8"},
    "pricing": {"inputPerMillionTokens": "0.5", "outputPerMillionTokens": "2.50"},
}


def model(card: dict[str, Any] | None = CARD, **status: Any) -> FoundationModel:
    return FoundationModel.parse({**foundation_model(card=card), "status": status})


@pytest.mark.parametrize(
    "text",
    [
        "card.license.commercialUse == 'Allowed'",
        "card.languages.exists(l, l == 'de')",
        "'de' in card.languages && !('fr' in card.languages)",
        "card.parameters <= 8000000000",
        "card.contextWindow >= 32768",
        "card.pricing.outputPerMillionTokens < 3.0 && card.pricing.inputPerMillionTokens > 0.0",
        "card.skills.teamFamiliarity >= 0.5",
        "has(card.license) && card.license.spdx.matches('^(Apache|MIT)')",
        "!has(card.openness) || card.openness == 'OpenWeights'",
        "card.languages.filter(l, l.startsWith('d')).size() == 1",
        "card.pricing.currency == 'USD'",
    ],
)
def test_what_holds(text: str) -> None:
    assert judge_of([text])(model()) == ""
    assert list(faults_of([text])) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("card.license.commercialUse == 'Forbidden'", "card.license.commercialUse == 'Forbidden' is not true"),
        ("card.openness == 'OpenWeights'", "card.openness == 'OpenWeights': its card has no openness"),
        ("card.languages.all(l, l == 'de')", "card.languages.all(l, l == 'de') is not true"),
        ("card.pricing.perAcceleratorHour < 3.0", "its card has no perAcceleratorHour"),
        ("3 > card.pricing.outputPerMillionTokens", "beside a price or a fraction, write 3.0 and not 3"),
        ("card.languages[7] == 'de'", "cannot be judged"),
    ],
)
def test_what_excludes(text: str, words: str) -> None:
    assert words in judge_of(["true", text, "false"])(model())


def test_a_model_without_a_card_meets_no_constraint_that_asks_for_something() -> None:
    said = judge_of(["card.license.commercialUse == 'Allowed'"])(model(None))
    assert said == "card.license.commercialUse == 'Allowed': its card has no license"


def test_parameters_are_those_of_the_weights_where_the_card_has_none() -> None:
    assert judge_of(["card.parameters < 9000000000"])(model(None, resolved={"parameters": 8030261248})) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("card.license ==", "is no CEL expression"),
        ("", "is no CEL expression"),
        ("nonsense == 1", "there is no nonsense; a constraint looks at card"),
        ("lower(card.openness) == 'x'", "there is no lower; a constraint looks at card"),
        ("1", "gives a number, and a constraint is true or false"),
        ("'yes'", "gives a text"),
        ("[1].map(a, [a]).map(b, [b]).map(c, [c]).exists(d, true)", "has 4 of all, exists, filter and map; at most 3"),
        ("size('a' + 'b') == 2", "adds; a constraint compares"),
        ("(" * 250 + "true" + ")" * 250, "is nested too deeply"),
    ],
)
def test_what_is_wrong_whatever_a_card_says(text: str, words: str) -> None:
    [(place, said)] = faults_of([text])
    assert place == 0
    assert words in said
    with pytest.raises(ConstraintError, match=r"spec\.candidates\.constraints\[1\]: "):
        judge_of(["true", text])(model())


def test_an_expression_that_would_go_on_for_hours_is_stopped() -> None:
    card = {**CARD, "languages": [f"l{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200)]}
    text = "card.languages.all(a, card.languages.all(b, card.languages.all(c, a != b || b != c || c == a)))"
    with pytest.raises(ConstraintError, match=f"goes over more than {MOST_TURNS} entries: nest less"):
        judge_of([text])(model(card))
    assert judge_of(["card.languages.exists(a, card.languages[0] == a)"])(model(card)) == ""


def test_the_example_excludes_the_model_that_may_not_be_used() -> None:
    folder = REPOSITORY / "examples" / "selection"
    models = [FoundationModel.parse(raw) for raw in yaml.safe_load_all((folder / "models.yaml").read_text())]
    [run] = yaml.safe_load_all((folder / "run.yaml").read_text())
    wanted = Candidates.model_validate(run["spec"]["candidates"])
    found = shortlist(wanted, {m.metadata.name: m for m in models}, judge_of(wanted.constraints or ()))
    assert list(found.names) == ["large", "small"]
    assert [each.model for each in found.excluded] == ["research"]
