"""Every condition type and every reason that a status can give, each with a sentence; docs/status.md shows them."""

from enum import StrEnum
from typing import Self


class Documented(StrEnum):
    """An enumeration whose members carry a sentence for people."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> "Documented":
        """Make a member that equals its value and knows its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    @classmethod
    def of(cls, value: str) -> Self:
        """Give the member of that value; raises ValueError when there is none."""
        for member in cls:
            if member.value == value:
                return member
        raise ValueError(f"{value!r} is no {cls.__name__}")


class ConditionType(Documented):
    """What a status observes."""

    READY = "Ready", "The object does what it was made for. Present from the first pass."
    RECONCILING = "Reconciling", "Work is under way; by the kstatus rules, gone when it is done."
    STALLED = (
        "Stalled",
        "Nothing will happen until a person changes something; by the kstatus rules, gone when it can go on.",
    )
    SOURCE_RESOLVED = (
        "SourceResolved",
        "FoundationModel: the weights, endpoint or provider were found with the given rights.",
    )
    FITS_ACCELERATOR = (
        "FitsAccelerator",
        "FoundationModel: by arithmetic, the model fits what it asked for. A warning, never a block.",
    )
    ENGINE_AVAILABLE = "EngineAvailable", "FoundationModel: the pods are up. Not there for a provider or service."
    SERVING = "Serving", "FoundationModel: the operator asked the endpoint itself and it answered as this model."
    ROUTED = (
        "Routed",
        "FoundationModel: the gateway serves it to who may use it. Not there without gateway, guardrails and access.",
    )
    GUARDED = (
        "Guarded",
        "FoundationModel with guardrails, behind a gateway: each rail can do its work; else failurePolicy follows.",
    )
    OBJECTIVES_MET = (
        "ObjectivesMet",
        "FoundationModel with objectives: its answers of the last 5 minutes kept them. Unknown where none were.",
    )
    SOURCES_RESOLVED = "SourcesResolved", "PromptCatalog: everything under sources could be read."
    VALID = "Valid", "PromptCatalog: every entry is sound; the message gives paths."
    INPUTS_RESOLVED = (
        "InputsResolved",
        "EvaluationRun: catalogue, template, examples and candidates are there and ready.",
    )
    ANSWERED = "Answered", "EvaluationRun: every example was asked, of every candidate."
    COMPARED = "Compared", "EvaluationRun: every other candidate was compared with the baseline. Only with baseline."
    PERFORMANCE_MEASURED = (
        "PerformanceMeasured",
        "EvaluationRun: every candidate was measured under load. Only with performance.",
    )
    COMPLETE = "Complete", "EvaluationRun: everything was measured. False with a reason when it could not be."
    JUDGE_TRUSTED = (
        "JudgeTrusted",
        "EvaluationRun: the judges agree with people and judge nobody but others. Not there without judges.",
    )
    GATE_PASSED = (
        "GatePassed",
        "EvaluationRun: every candidate passes the gates; with selection, at least one. Unknown until it is decided.",
    )
    SELECTED = (
        "Selected",
        "EvaluationRun with selection: one candidate is chosen. False when none may be, Unknown on a tie.",
    )
    STALE = (
        "Stale",
        "EvaluationRun with rerun: the results are older than maxAge, or about other inputs than those of now.",
    )
    RESULTS_KEPT = "ResultsKept", "EvaluationRun: the rows are kept in a sink."


class FoundationModelReason(Documented):
    """Why a FoundationModel is as it is."""

    SERVING = "Serving", "The endpoint names the model and answered a one-token request."
    NO_REPLICAS = "NoReplicas", "The model is scaled to zero."
    ENGINE_PROGRESSING = "EngineProgressing", "Pods are being made, are loading weights or are compiling."
    ENGINE_AVAILABLE = "EngineAvailable", "Every wanted pod is ready."
    IMAGE_PULL_FAILED = "ImagePullFailed", "The node cannot pull an image; the message names it and says why."
    UNSCHEDULABLE = "Unschedulable", "No node has room; the message is the scheduler's."
    QUOTA_EXCEEDED = "QuotaExceeded", "A ResourceQuota or LimitRange of the namespace refuses the pods."
    SOURCE_RESOLVED = "SourceResolved", "The source was found."
    SOURCE_UNVERIFIED = "SourceUnverified", "The source could not be asked from here; the engine will find out."
    SOURCE_UNAUTHORIZED = "SourceUnauthorized", "The source refuses the token, or its Secret or key is missing."
    SOURCE_NOT_FOUND = "SourceNotFound", "There is no such repository, revision, claim or folder."
    ACCELERATOR_OUT_OF_MEMORY = "AcceleratorOutOfMemory", "The model does not fit the accelerator's memory."
    OUT_OF_MEMORY = "OutOfMemory", "The container was killed for going over its memory limit."
    CONTEXT_TOO_LONG = "ContextTooLong", "The context length needs more memory than is left beside the weights."
    ENGINE_CRASHED = "EngineCrashed", "The engine ended by itself; the message has its last log line."
    STARTUP_TIMED_OUT = "StartupTimedOut", "The engine was not up within startup.timeout."
    PROVIDER_UNREACHABLE = "ProviderUnreachable", "The endpoint does not answer, or not as an OpenAI API."
    PROVIDER_UNAUTHORIZED = "ProviderUnauthorized", "The endpoint refuses the key, or its Secret or key is missing."
    ENDPOINT_NOT_ANSWERING = "EndpointNotAnswering", "Pods are ready, yet the endpoint does not answer a request."
    WRONG_SERVED_NAME = "WrongServedName", "The endpoint answers, but does not name this model."
    ARGUMENT_CONFLICT = "ArgumentConflict", "extraArgs sets a flag that a field owns; the message names both."
    INVALID_POD_TEMPLATE = "InvalidPodTemplate", "The API server refuses the pods; the message is its own."
    ROUTED = "Routed", "The gateway knows the model, its guard rails and its keys."
    GATEWAY_MISSING = (
        "GatewayMissing",
        "guardrails, access or balancing are set, and there is no gateway to apply them: install one, or remove them.",
    )
    KEY_NOT_FOUND = (
        "KeyNotFound",
        "A Secret of access or source, or its key, is missing. The gateway refuses what needs it, and no more.",
    )
    NO_KEYS = "NoKeys", "The gateway lets nobody in: spec.access has neither keys nor mode Public."
    ROUTE_REFUSED = (
        "RouteRefused",
        "The API server refuses the route in the gateway's namespace; the message is its own. The old one stays.",
    )
    GUARDED = "Guarded", "Every guard rail can do its work."
    PATTERN_REFUSED = (
        "PatternRefused",
        "RE2 refuses a guard rail's pattern, so that the gateway lets nothing pass; the message says why.",
    )
    GUARD_MODEL_NOT_FOUND = "GuardModelNotFound", "A guard rail names a FoundationModel that is not there."
    GUARD_MODEL_NOT_READY = "GuardModelNotReady", "A guard model does not serve; its own status says why."
    GUARD_MODEL_UNSUITABLE = (
        "GuardModelUnsuitable",
        "A guard model cannot be asked: it is no Chat model with the OpenAI API, or guards in a circle.",
    )
    DETECTOR_KEY_NOT_FOUND = (
        "DetectorKeyNotFound",
        "The Secret of a remote detector or of a guard model's provider, or its key, is missing.",
    )
    CLASSIFIER_NOT_FOUND = (
        "ClassifierNotFound",
        "The gateway has no such classifier: mount it by the chart's gateway.classifiers.",
    )
    MET = "Met", "Every objective is kept."
    LATENCY_ABOVE_OBJECTIVE = (
        "LatencyAboveObjective",
        "Answers are slower than objectives.latency; the message says by how much.",
    )
    TOXICITY_ABOVE_OBJECTIVE = (
        "ToxicityAboveObjective",
        "More answers are toxic than objectives.toxicity allows; the message says how many.",
    )
    NO_TRAFFIC = "NoTraffic", "No answer of the last 5 minutes tells whether the objectives are kept."
    UNMEASURABLE = (
        "Unmeasurable",
        "Nothing can be measured: no gateway, or its metrics cannot be read; the message says which.",
    )
    FITS = "Fits", "By arithmetic the model fits."
    DOES_NOT_FIT = "DoesNotFit", "By arithmetic the model does not fit; the message has the sum."
    NOT_ESTIMATED = "NotEstimated", "Too little is known for the arithmetic; the message says what is missing."


class PromptCatalogReason(Documented):
    """Why a PromptCatalog is as it is."""

    BUNDLED = "Bundled", "Every entry is sound and the bundle is in force."
    SOURCES_READ = "SourcesRead", "Everything under sources was read."
    RESOLVING = "Resolving", "A Job reads a source that is too large for the object."
    SOURCE_NOT_FOUND = "SourceNotFound", "A ConfigMap or its key, a bucket, an object, a claim or a file is missing."
    SOURCE_UNAUTHORIZED = (
        "SourceUnauthorized",
        "The object store refuses the credentials, or their Secret or key is missing.",
    )
    SOURCE_UNREACHABLE = "SourceUnreachable", "The object store or the volume does not answer."
    RESOLUTION_FAILED = "ResolutionFailed", "The Job that reads a source ended without a word; the message says how."
    JOB_REFUSED = "JobRefused", "The API server or a quota refuses the Job that reads a source."
    SOURCE_UNREADABLE = "SourceUnreadable", "A source is not JSON lines of examples; the message gives the line."
    VALID = "Valid", "Every entry is sound."
    INVALID_ENTRY = (
        "InvalidEntry",
        "An entry is faulty; the message gives its path. The last valid bundle stays in force.",
    )
    BUNDLE_TOO_LARGE = "BundleTooLarge", "The resolved entries exceed what a ConfigMap holds (1 MiB)."
    BUNDLE_REFUSED = "BundleRefused", "The API server or a quota refuses the bundle; the message is its own."


class EvaluationRunReason(Documented):
    """Why an EvaluationRun is as it is."""

    INPUTS_RESOLVED = "InputsResolved", "Catalogue, template, examples and candidates are there and ready."
    CATALOG_NOT_FOUND = "CatalogNotFound", "There is no such PromptCatalog."
    CATALOG_NOT_READY = "CatalogNotReady", "The PromptCatalog has no valid bundle yet."
    TEMPLATE_NOT_FOUND = "TemplateNotFound", "The catalogue has no such template, version or label."
    CHAIN_NOT_FOUND = "ChainNotFound", "The catalogue has no such chain, version or label."
    CHAIN_UNSUITABLE = "ChainUnsuitable", "Every step names a model of its own, so that no candidate is measured."
    EXAMPLES_NOT_FOUND = "ExamplesNotFound", "The catalogue has no such example set, or it is empty for the split."
    EXAMPLES_UNSCORABLE = "ExamplesUnscorable", "No example has what a metric compares with: references or a label."
    CANDIDATE_NOT_FOUND = "CandidateNotFound", "There is no such FoundationModel."
    NO_CANDIDATES = (
        "NoCandidates",
        "The selector matches no model, or every model is excluded by a constraint; status.excluded says which.",
    )
    TOO_MANY_CANDIDATES = "TooManyCandidates", "More models are meant than a run compares; the message counts them."
    CONSTRAINT_INVALID = (
        "ConstraintInvalid",
        "A constraint is no expression, or looks at what is never there; the message says why.",
    )
    BASELINE_EXCLUDED = (
        "BaselineExcluded",
        "spec.baseline is not compared, so that nobody can be compared with it; the message says why.",
    )
    CANDIDATE_NOT_READY = "CandidateNotReady", "A candidate does not serve yet; its own status says why."
    CANDIDATE_UNSUITABLE = "CandidateUnsuitable", "A candidate's task cannot answer prompts."
    SCHEDULE_INVALID = "ScheduleInvalid", "rerun.schedule never comes or its time zone is none; the message says why."
    FRESH = "Fresh", "The results are about the inputs of now, and no older than rerun.maxAge."
    TOO_OLD = "TooOld", "The results are older than rerun.maxAge."
    INPUTS_CHANGED = "InputsChanged", "The inputs are others by now, and rerun.onInputChange is false."
    STEP_MODEL_NOT_FOUND = "StepModelNotFound", "A step of the chain names a FoundationModel that is not there."
    STEP_MODEL_NOT_READY = "StepModelNotReady", "A model that a step names does not serve yet; its status says why."
    STEP_MODEL_UNSUITABLE = "StepModelUnsuitable", "The task of a model that a step names cannot answer prompts."
    RUBRIC_NOT_FOUND = "RubricNotFound", "The catalogue has no such rubric or version."
    JUDGE_NOT_FOUND = "JudgeNotFound", "There is no such FoundationModel for a judge."
    JUDGE_NOT_READY = "JudgeNotReady", "A judge's model does not serve yet; its own status says why."
    JUDGE_UNSUITABLE = "JudgeUnsuitable", "A judge's model, rubric or calibration cannot do what is asked of it."
    EMBEDDER_NOT_FOUND = "EmbedderNotFound", "There is no such FoundationModel for a Cosine metric."
    EMBEDDER_NOT_READY = "EmbedderNotReady", "An embedder does not serve yet; its own status says why."
    EMBEDDER_UNSUITABLE = "EmbedderUnsuitable", "An embedder's task is not Embedding."
    GATE_UNSUITABLE = (
        "GateUnsuitable",
        "A gate or criterion asks a judge for what its rubric does not give, or for a load that is not measured.",
    )
    PRICES_NOT_FOUND = "PricesNotFound", "The ConfigMap of spec.prices, or its key, is not there."
    PRICES_UNUSABLE = (
        "PricesUnusable",
        "The prices are no price list, or in several currencies, which nobody compares; the message says which.",
    )
    SOURCE_CHANGED = (
        "SourceChanged",
        "A source holds other examples than the catalogue read there; the catalogue reads it again.",
    )
    RUNNING = "Running", "The Job is at work."
    SUSPENDED = "Suspended", "execution.suspend is set."
    QUEUED = "Queued", "The Job waits until its queue has room for it; Kueue starts it then."
    QUEUE_NOT_FOUND = (
        "QueueNotFound",
        "Nobody will start the Job: there is no such LocalQueue, or no Kueue; the message says which.",
    )
    MEASURED = "Measured", "Every candidate was measured."
    COMPARED = "Compared", "Every other candidate was compared with the baseline."
    WAITING = "Waiting", "An earlier stage of the run is not done yet."
    TOO_MANY_ERRORS = (
        "TooManyErrors",
        "More of a candidate's answers are missing than execution.maxErrorFraction allows: it is not judged.",
    )
    BUDGET_EXHAUSTED = (
        "BudgetExhausted",
        "A candidate has spent its share of execution.budget; raise it to go on. The message says what was spent.",
    )
    PRICE_UNKNOWN = "PriceUnknown", "execution.budget.cost is set, and a model that is asked has no price for tokens."
    JOB_FAILED = "JobFailed", "A candidate could not be measured; the message says which and why."
    JOB_REFUSED = "JobRefused", "The API server or a quota refuses the Job; the message is its own."
    RUN_TIMED_OUT = "RunTimedOut", "A stage of the run took longer than execution.runTimeout: there is no verdict."
    PASSED = "Passed", "Every candidate passes every gate; with selection, the candidates that may be selected do."
    SELECTED = "Selected", "One candidate stands in front alone; the message says why."
    TIED = "Tied", "The figures cannot tell who is in front; the message names them. Nothing is chosen by chance."
    NOBODY_SELECTABLE = (
        "NobodySelectable",
        "No candidate passes the gates and has every figure that counts; the message says what keeps each of them.",
    )
    FAILED = "Failed", "A gate failed; the message says which, with figures."
    INCONCLUSIVE = "Inconclusive", "The interval is on both sides of a gate's value, or nothing was measured."
    UNDECIDED = "Undecided", "There are no results to judge yet."
    NO_GATES = "NoGates", "The run has no gates."
    JUDGES_AGREE = "JudgesAgree", "Every judge scores as people do, as far as calibration asks."
    LOW_AGREEMENT = "LowAgreement", "A judge's kappa is below its minKappa: gates on its figures are Inconclusive."
    AGREEMENT_UNKNOWN = (
        "AgreementUnknown",
        "A judge's kappa could not be measured; gates on its figures are Inconclusive.",
    )
    SELF_JUDGING = "SelfJudging", "A judge is a candidate too; gates on what it says of itself are Inconclusive."
    NOT_CALIBRATED = "NotCalibrated", "A judge is held against nobody: it has no calibration."
    KEPT = "Kept", "The rows are in the sink."
    NO_SINK = "NoSink", "The run has no sink: figures are kept here, rows are not kept."
    SINK_NOT_FOUND = "SinkNotFound", "The sink's claim is not there."
    SINK_FAILED = "SinkFailed", "The sink refuses the rows or cannot be reached; the message is the runner's."


class OperatorReason(Documented):
    """Why the operator cannot look after an object, whatever its kind."""

    INVALID_OBJECT = "InvalidObject", "The operator cannot read the object; the message names each fault."
    REFUSED = "Refused", "The API server refuses something that the object needs; the message is its own."
    FORBIDDEN = "Forbidden", "The operator's rights are too small; the message is the API server's."
