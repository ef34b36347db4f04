"""junit.xml: gates as test cases, for whatever runs in a pipeline."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from fmops_api.evaluationrunstatus import GateResult, Verdict

_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def junit(run: str, gates: Sequence[GateResult], troubles: Sequence[str] = ()) -> bytes:
    """Write a test suite: a failed gate is a failure, one that cannot be decided or was not measured an error."""
    failed = sum(gate.verdict is Verdict.FAILED for gate in gates)
    undecided = sum(gate.verdict is Verdict.INCONCLUSIVE for gate in gates)
    counts = {
        "tests": str(len(gates) + len(troubles)), "failures": str(failed), "errors": str(undecided + len(troubles)),
    }  # fmt: skip
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": _clean(run), **counts})
    for gate in gates:
        _case(suite, gate)
    for trouble in troubles:
        case = ET.SubElement(suite, "testcase", {"classname": "measured", "name": "measured"})
        ET.SubElement(case, "error", {"type": "NotMeasured", "message": _clean(trouble)})
    ET.indent(suites)
    written: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _case(suite: ET.Element, gate: GateResult) -> None:
    name = f"{gate.metric} {gate.required}".strip()
    case = ET.SubElement(suite, "testcase", {"classname": _clean(gate.model), "name": _clean(name)})
    if gate.verdict is Verdict.PASSED:
        ET.SubElement(case, "system-out").text = _clean(gate.observed)
        return
    kind = "failure" if gate.verdict is Verdict.FAILED else "error"
    ET.SubElement(case, kind, {"type": str(gate.verdict), "message": _clean(gate.observed)})


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)
