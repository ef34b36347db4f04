"""Reports: complete, self-contained, and never more than text, whatever stands in answers, labels and names."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrunstatus import SliceResult
from fmops_api.metric import Metric
from fmops_api.performance import Performance
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.results import reports
from fmops_serving.results.junit import junit
from fmops_serving.results.pages import markdown, page, ranked
from fmops_serving.results.pareto import Point, front
from fmops_serving.results.reading import RunResults, read_run
from fmops_serving.results.reports import write_reports
from fmops_serving.results.svg import ticks
from tests.serving.results.folders import SCRIPT, hostile, result, write_candidate, write_gates, write_plan

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """What a browser would make of a page: its elements, its text, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, "elements are left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Two measured candidates and one that could not be."""
    folder = write_plan(tmp_path / "run", "fast", "good", "away")
    write_candidate(folder, "fast", f1="0.8", p95="0.1")
    write_candidate(folder, "good", f1="0.9", p95="0.4")
    return folder


def read(folder: RunFolder) -> RunResults:
    return read_run(folder.root)


def test_the_page_has_figures_intervals_plots_and_what_is_missing(folder: RunFolder) -> None:
    write_gates(folder, ("fast", "f1", "Failed"), ("good", "f1", "Passed"))
    found = Page(page(read(folder)))
    for words in ("0.9", "[0.85, 0.9", "Gates", "Failed", "Latency", "Without figures: away", "no answer"):
        assert words in found.text, words
    drawings = [attributes["aria-label"] or "" for tag, attributes in found.elements if "aria-label" in attributes]
    assert any(
        label.startswith("f1 against latency.request.p95. Beaten by nobody in both: fast, good") for label in drawings
    )
    assert any(label.startswith("whole answer. fast: median 0.5 s") for label in drawings)


def test_the_page_asks_nothing_of_anybody(folder: RunFolder) -> None:
    found = Page(page(read(folder)))
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in found.elements}
    assert not [
        a for _, attributes in found.elements for a in attributes if a in {"src", "href", "action", "xlink:href"}
    ]
    assert "url(" not in page(read(folder))
    policy = next(a["content"] for _, a in found.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_hostile_text_stays_text_wherever_it_stands(folder: RunFolder) -> None:
    write_candidate(folder, "good", **hostile())
    text = page(read(folder))
    found = Page(text)
    assert not {"script", "img"} & {tag for tag, _ in found.elements}
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]
    assert found.text.count(SCRIPT) >= 9, "label, class, example, role, prompt, answer, reference, cause, metric"


def test_a_page_is_for_everybody(folder: RunFolder) -> None:
    found = Page(page(read(folder)))
    assert ("html", {"lang": "en"}) in found.elements
    assert all((a.get("role") == "img" and a.get("aria-label")) or a.get("aria-hidden")
               for tag, a in found.elements if tag == "svg")  # fmt: skip
    assert all(attributes.get("scope") for tag, attributes in found.elements if tag == "th")
    names = {attributes.get("id") for _, attributes in found.elements}
    assert all(a["aria-labelledby"] in names for _, a in found.elements if "aria-labelledby" in a)


def test_both_colour_schemes_are_readable() -> None:
    style = (Path(reports.__file__).parent / "templates" / "report.css").read_text()
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    for part in (light, dark.split("\n*{")[0]):
        colours = dict(re.findall(r"--([a-z0-9]+):(#[0-9a-f]{3,6})", part))
        for ink in ("text", "soft", "accent", "good", "bad", "open", *(f"s{n}" for n in range(8))):
            assert _contrast(colours[ink], colours["card"]) >= 4.5, f"{ink} on a card"
            assert _contrast(colours[ink], colours["page"]) >= 4.5, f"{ink} on the page"


def _contrast(one: str, other: str) -> float:
    """Give the ratio of WCAG 2.2, 1.4.3."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_markdown_has_one_line_a_candidate_and_takes_no_text_for_markup(folder: RunFolder) -> None:
    write_gates(folder, ("good", "f1", "Passed"))
    text = markdown(read(folder))
    assert "| good | 0.9 \\[0.85, 0.9" in text
    assert "**away**: no figures" in text
    assert "| good | f1 | at least 0.8 | 0.9 \\[0.8, 1\\] | Passed |" in text


def test_no_prompt_and_no_answer_is_in_the_markdown(folder: RunFolder) -> None:
    write_candidate(folder, "good", **hostile())
    assert "alert" not in markdown(read(folder))


def test_gates_are_test_cases(folder: RunFolder) -> None:
    write_gates(folder, ("good", "f1", "Passed"), ("good", "coverage", "Failed"), ("fast", "f1", "Inconclusive"))
    write_reports(folder)
    suites = ET.fromstring(folder.junit.read_bytes())  # noqa: S314
    assert {name: suites.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3", "failures": "1", "errors": "1",
    }  # fmt: skip
    cases = {(c.get("classname"), c.get("name")): [child.tag for child in c] for c in suites.iter("testcase")}
    assert cases == {
        ("good", "f1 at least 0.8"): ["system-out"],
        ("good", "coverage at least 0.8"): ["failure"],
        ("fast", "f1 at least 0.8"): ["error"],
    }


def test_what_xml_cannot_hold_does_not_break_it() -> None:
    suites = ET.fromstring(junit(f"a\0{SCRIPT}", [], ["it said \x1b[31m <&"]))  # noqa: S314
    assert suites[0].get("name") == f"a\ufffd{SCRIPT}"
    assert suites.find(".//error").get("message") == "it said \ufffd[31m <&"  # type: ignore[union-attr]


def test_without_gates_there_is_no_junit_and_the_page_says_where_verdicts_are(folder: RunFolder) -> None:
    write_reports(folder)
    assert not folder.junit.exists()
    assert "kubectl fmops results quality" in folder.page.read_text()


def test_a_candidate_that_comes_while_a_report_is_written_is_in_it(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[RunResults] = []

    def write(_: RunFolder, run: RunResults) -> None:
        if not written:
            write_candidate(folder, "away", f1="0.7")
        written.append(run)

    monkeypatch.setattr(reports, "_write", write)
    write_reports(folder)
    assert [len(run.measured) for run in written] == [2, 3]


def test_a_run_without_latency_has_no_plot_of_it(tmp_path: Path) -> None:
    folder = write_plan(tmp_path, "good")
    write_candidate(folder, "good", p95=None, curves=[])
    text = Page(page(read(folder))).text
    assert "Quality and speed" not in text
    assert "not measured" in text


def test_a_folder_without_results_is_one_sentence_that_names_those_below(folder: RunFolder) -> None:
    with pytest.raises(
        BadInput, match=f"holds no results: it has no manifest.json. Below it there are results: {folder.root}"
    ):
        read_run(folder.root.parent)
    with pytest.raises(BadInput, match="is no folder"):
        read_run(folder.root / "nowhere")
    folder.manifest.write_text("{}")
    with pytest.raises(BadInput, match=r"manifest\.json is not what this version of fmops writes there"):
        read(folder)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.83, 0.97, [0.8, 0.85, 0.9, 0.95, 1.0]),
        (0.0, 1.0, [0.0, 0.5, 1.0]),
        (0.5, 0.5, [0.4, 0.6]),
        (0.0, 0.0, [0.0, 0.5]),
        (12.0, 4300.0, [0.0, 2000.0, 4000.0, 6000.0]),
    ],
)
def test_ticks_are_round_and_cover_the_values(low: float, high: float, wanted: list[float]) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert found == wanted


def test_the_front_is_what_nobody_beats_in_both() -> None:
    def point(name: str, seconds: float, quality: float) -> Point:
        return Point(name, 1, seconds, quality, seconds, seconds, quality, quality)

    points = [
        point("slow and bad", 2, 0.5),
        point("fast", 1, 0.6),
        point("good", 3, 0.9),
        point("as fast, worse", 1, 0.5),
    ]
    assert [p.name for p in front(points)] == ["fast", "good"]
    assert len(front([point("one", 1, 0.5), point("same", 1, 0.5)])) == 2


def test_slices_stand_in_both_reports(folder: RunFolder) -> None:
    slices = [SliceResult(slice=f"tag={SCRIPT}", model="fast", metric="f1", value="0.25", low="0.1", high="0.5", n=12)]
    summary = EvaluationSummary(model="fast", slices=slices, answered=98, total=100)
    write_json(folder.summary("fast"), summary.to_manifest())
    run = read(folder)
    told = Page(page(run))
    assert f"tag={SCRIPT}" in told.text
    assert "0.25[0.1, 0.5], n 12" in told.text
    assert not [name for name, _ in told.elements if name in {"script", "img"}]
    assert "0.25 \\[0.1, 0.5\\] | not measured" in markdown(run)


def test_candidates_are_ordered_by_a_figure_of_which_more_is_better(tmp_path: Path) -> None:
    folder = write_plan(tmp_path / "run", "short", "good", metrics=[
        Metric(name="length", type="Length", unit="Words"), Metric(name="bleu", type="Bleu"),
    ])  # fmt: skip
    for name, length, bleu in (("short", "90", "12"), ("good", "20", "45")):
        figures = [result(name, "length", length), result(name, "bleu", bleu)]
        write_json(folder.summary(name), EvaluationSummary(model=name, results=figures).to_manifest())
    run = read(folder)
    assert [each.name for each in ranked(run)] == ["good", "short"]
    told = Page(page(run)).text
    assert "Sorted by bleu" in told
    assert "length, words" in told


def ladder(name: str, *figures: tuple[str, str | None]) -> dict[str, Any]:
    found = [result(name, metric, value) for metric, value in figures]
    return EvaluationSummary(model=name, results=found).to_manifest()


def test_latency_and_cost_are_drawn_over_throughput_where_there_is_a_ladder(tmp_path: Path) -> None:
    folder = write_plan(tmp_path, "small", "big", performance=Performance(concurrency=[8, 1]))
    costs = [("cost.reserved.c1", "0.01"), ("cost.reserved.c8", "0.002"), ("cost.marginal", "0.002")]
    for name, work in (("small", "300"), ("big", None)):
        write_candidate(folder, name)
        figures = [
            *((f"throughput.requests.c{level}", str(level)) for level in (1, 8)),
            ("throughput.outputTokens.c1", "40"), ("throughput.outputTokens.c8", work),
            *((f"latency.request.p95.c{level}", f"0.{level}") for level in (1, 8)),
            *(costs if work else []),
        ]  # fmt: skip
        write_json(folder.performance(name) / "summary.json", ladder(name, *figures))
    text = page(read_run(tmp_path))
    drawn = re.findall(r'aria-label="([^"]* over [^"]*)"', text)
    assert [each.partition(". ")[0] for each in drawn] == [
        "whole answer, 95th percentile, seconds, over requests a second",
        "cost of a request, over requests a second",
    ]
    assert "small: 0.1 with 1 at once, 0.8 with 8 at once" in drawn[0]
    assert "8 at once: 0.002 at 8 requests a second" in text


def test_without_a_ladder_nothing_is_drawn_under_load(folder: RunFolder) -> None:
    assert "Under load" not in page(read_run(folder.root))
