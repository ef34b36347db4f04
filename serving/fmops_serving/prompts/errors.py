"""What can go wrong while prompts are used."""


class PromptError(Exception):
    """A prompt, a catalogue or a choice of examples that cannot be used, as a sentence for people."""


class RenderError(PromptError):
    """A prompt that cannot be rendered with these values; names the template and what is at fault in it."""


class ExamplesNotFoundError(PromptError):
    """A set of examples that is not there, or holds nothing of the wanted split."""


class CatalogError(PromptError):
    """A bundle that is no resolved catalogue."""


class TooLargeError(PromptError):
    """Text beyond its limit, in characters."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"is longer than {limit} characters")
