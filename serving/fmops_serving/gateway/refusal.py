"""Refusals: why a request gets no answer, in the shape of the OpenAI API's errors."""

from typing import Any

import orjson


class Refusal(Exception):  # noqa: N818 - it is no fault of the gateway
    """A request that is not answered. Its message is shown to the client: it quotes neither keys nor texts."""

    def __init__(  # noqa: PLR0913 - the fields of an OpenAI error
        self,
        status: int,
        code: str,
        message: str,
        *,
        type: str = "invalid_request_error",  # noqa: A002 - the field's name in the OpenAI API
        param: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Say why; `status` is HTTP's, `headers` go with the answer."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.type = type
        self.param = param
        self.headers = headers

    def body(self) -> bytes:
        """Give the error as the OpenAI API writes it."""
        error: dict[str, Any] = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return orjson.dumps({"error": error})
