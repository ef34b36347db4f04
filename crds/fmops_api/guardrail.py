"""Guard rails of a model: which detector looks at what users send and models answer, and what follows."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from fmops_api.meta import AS_SET, FREE, LocalReference, Model, Rule, SecretReference
from fmops_api.scalars import DURATION, BaseUrl, Duration, Fraction, Label, Shape


class DetectorType(StrEnum):
    """What looks at a text."""

    TOXICITY = "Toxicity"
    REGEX = "Regex"
    PERSONAL_DATA = "PersonalData"
    PROMPT_INJECTION = "PromptInjection"
    REMOTE = "Remote"
    GUARD_MODEL = "GuardModel"
    CLASSIFIER = "Classifier"


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


class VerdictStyle(StrEnum):
    """How a guard model words its verdict."""

    LLAMA_GUARD = "LlamaGuard"
    GRANITE_GUARDIAN = "GraniteGuardian"


class RemoteDetector(Model):
    """A detector behind HTTP that speaks the detector API of the FMS guardrails orchestrator."""

    url: BaseUrl = Field(
        description="Root of the service, such as http://detectors.safety.svc:8000; /api/v1/text/contents is added."
    )
    detector: Annotated[
        str,
        Field(max_length=256),
        Shape(r"[!-~]+", "must be the id of a detector: letters, digits and signs without spaces"),
    ] = Field(description="Id of the detector there, sent as the header detector-id.")
    detector_parameters: dict[str, Any] | None = Field(
        default=None, description="Sent with the texts as detector_params.", json_schema_extra=FREE
    )
    api_key_secret_ref: SecretReference | None = Field(
        default=None, description="Key sent there as a bearer token; none when left out."
    )


TEXT = "{{ text }}"
"""Where a template has the text that is judged."""


class GuardModel(Model):
    """A guard model, such as Llama Guard or Granite Guardian, that is a FoundationModel itself."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            f"!has(self.template) || self.template.contains('{TEXT}')",
            f"template must say where the text goes: put {TEXT} into it",
        ),
    )

    model: LocalReference = Field(
        description="FoundationModel of this namespace with task Chat. It is asked directly: its own guard rails and"
        " keys do not count."
    )
    style: VerdictStyle = Field(
        description="How it words its verdict. LlamaGuard: safe, or unsafe and the categories. GraniteGuardian: yes"
        " or no."
    )
    template: Annotated[str, Field(min_length=1, max_length=8192)] | None = Field(
        default=None,
        description=f"What it is told, with {TEXT} where the text goes; left out, the text alone, which the model's"
        " own chat template wraps.",
    )
    max_tokens: Annotated[int, Field(strict=True, ge=1, le=8192)] = Field(
        default=32, description="Most tokens of its verdict; more for a model that thinks first."
    )
    chat_template_arguments: dict[str, Any] | None = Field(
        default=None,
        description="Arguments of the model's chat template, sent as chat_template_kwargs.",
        json_schema_extra=FREE,
    )


_LEAST_FOR_A_MODEL, LONGEST_TIMEOUT = "500ms", "30s"


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
            "(self.detector == 'Remote') == has(self.remote)",
            "remote belongs to detector Remote, which needs it: give remote.url and remote.detector",
        ),
        Rule(
            "(self.detector == 'GuardModel') == has(self.guardModel)",
            "guardModel belongs to detector GuardModel, which needs it: give guardModel.model and guardModel.style",
        ),
        Rule(
            "has(self.classifier) ? self.detector in ['Classifier', 'Toxicity'] : self.detector != 'Classifier'",
            "classifier belongs to detectors Toxicity and Classifier, and Classifier needs it: name one of the gateway",
        ),
        Rule(
            f"self.detector != 'GuardModel' || !self.timeout.matches(r'^({DURATION})$')"
            f" || duration(self.timeout) >= duration('{_LEAST_FOR_A_MODEL}')",
            f"timeout of a guard model must be at least {_LEAST_FOR_A_MODEL}, such as 5s:"
            " it reads the text and writes a verdict",
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
            f"!self.timeout.matches(r'^({DURATION})$') || duration(self.timeout) <= duration('{LONGEST_TIMEOUT}')",
            f"timeout must be at most {LONGEST_TIMEOUT}: a person waits for the answer",
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
    remote: RemoteDetector | None = Field(default=None, description="Whom detector Remote asks.")
    guard_model: GuardModel | None = Field(default=None, description="Whom detector GuardModel asks.")
    classifier: Label | None = Field(
        default=None,
        description="Name of a classifier that is mounted in the gateway. Detector Classifier asks it; Toxicity does"
        " about texts that its lists and its linear model are not sure of.",
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
    timeout: Duration = Field(
        default="200ms",
        description="Time for one text, or for one call to a detector elsewhere; one that took longer has failed.",
    )
    streaming: Streaming = Field(
        default=Streaming.WINDOW,
        description="Streamed answers. Buffer: leave when all is scanned. Window: leave as each sentence is scanned."
        " Audit: leave at once, for Annotate only.",
    )

    @property
    def elsewhere(self) -> bool:
        """Say whether its detector is awaited: over the network, or in another thread."""
        return self.remote is not None or self.guard_model is not None or self.classifier is not None
