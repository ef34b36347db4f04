"""Guard rails of a model: which detector looks at what users send and models answer, and what follows."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import AS_SET, Model, Rule
from fmops_api.scalars import DURATION, Duration, Fraction, Label


class DetectorType(StrEnum):
    """What looks at a text."""

    TOXICITY = "Toxicity"
    REGEX = "Regex"
    PERSONAL_DATA = "PersonalData"
    PROMPT_INJECTION = "PromptInjection"


class PersonalDataKind(StrEnum):
    """What PersonalData finds."""

    EMAIL = "Email"
    PHONE = "Phone"
    CARD = "Card"
    IBAN = "Iban"


class Direction(StrEnum):
    """Whose texts are looked at."""

    INPUT = "Input"
    OUTPUT = "Output"
    BOTH = "Both"


class Action(StrEnum):
    """What follows from what was found."""

    BLOCK = "Block"
    REDACT = "Redact"
    ANNOTATE = "Annotate"


class FailurePolicy(StrEnum):
    """What follows when a detector fails or takes too long."""

    FAIL = "Fail"
    IGNORE = "Ignore"


class Streaming(StrEnum):
    """When text of a streamed answer leaves."""

    BUFFER = "Buffer"
    WINDOW = "Window"
    AUDIT = "Audit"


class Guardrail(Model):
    """One guard rail. The gateway applies them in their order, to requests and answers."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "(self.detector == 'Regex') == has(self.pattern)",
            "pattern belongs to detector Regex, and Regex needs one",
        ),
        Rule(
            "has(self.pattern) ? ''.matches(self.pattern) in [true, false] : true",
            "pattern must be a regular expression as RE2 knows them: without look-around and back-references",
        ),
        Rule(
            "self.detector == 'PersonalData' || !has(self.kinds)",
            "kinds belongs to detector PersonalData: remove it or change the detector",
        ),
        Rule(
            "self.action != 'Redact' || self.streaming != 'Audit'",
            "streaming Audit lets text go before it is looked at, so that nothing can be redacted:"
            " use Window or Buffer, or action Annotate",
        ),
        Rule(
            "self.action != 'Block' || self.streaming != 'Audit' || self.direction == 'Input'",
            "streaming Audit cannot block an answer: use Window or Buffer, action Annotate, or direction Input",
        ),
        Rule(
            f"!self.timeout.matches(r'^({DURATION})$') || duration(self.timeout) <= duration('30s')",
            "timeout must be at most 30s: a person waits for the answer",
        ),
    )

    name: Label = Field(description="Name of the rail; metrics and refusals carry it.")
    detector: DetectorType = Field(description="What looks at the texts.")
    pattern: Annotated[str, Field(min_length=1, max_length=1024)] | None = Field(
        default=None, description="Regular expression in RE2's syntax, for detector Regex."
    )
    kinds: Annotated[list[PersonalDataKind], Field(min_length=1, max_length=4)] | None = Field(
        default=None, description="What PersonalData looks for; all of it when left out.", json_schema_extra=AS_SET
    )
    direction: Direction = Field(
        default=Direction.BOTH, description="Input: what users send. Output: what models answer. Both."
    )
    threshold: Fraction = Field(default="0.5", description="What scores higher than this is found.")
    action: Action = Field(
        default=Action.BLOCK,
        description="Block: the text goes no further. Redact: what was found is taken out. Annotate: only counted.",
    )
    failure_policy: FailurePolicy = Field(
        default=FailurePolicy.FAIL,
        description="Fail: when the detector fails, the text goes no further. Ignore: it goes on, and is counted.",
    )
    timeout: Duration = Field(default="200ms", description="Time for one text; a detector that took longer has failed.")
    streaming: Streaming = Field(
        default=Streaming.WINDOW,
        description="Streamed answers. Buffer: leave when all is scanned. Window: leave as each sentence is scanned."
        " Audit: leave at once, for Annotate only.",
    )
