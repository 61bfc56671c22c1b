"""What travels over the Bot API's wire: JSON objects, the envelope of an answer, and the error that becomes one."""

import json
from typing import Any

JsonObject = dict[str, Any]

_encoder = json.JSONEncoder(separators=(",", ":"))


def encode(value: Any) -> str:
    """Write *value* as compact JSON, ASCII only, so that its length in characters is its length in bytes."""
    return _encoder.encode(value)


class Encoded(str):
    """A result that is JSON text already."""

    __slots__ = ()


class ApiError(Exception):
    """A refusal as Telegram words it: *code* is both the HTTP status and `error_code`."""

    def __init__(self, code: int, description: str, parameters: JsonObject | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> JsonObject:
        """Return the JSON object of the answer."""
        body: JsonObject = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(problem: str, **parameters: Any) -> ApiError:
    """Return the 400 that says *problem*."""
    return ApiError(400, f"Bad Request: {problem}", parameters or None)


def forbidden(problem: str) -> ApiError:
    """Return the 403 that says *problem*."""
    return ApiError(403, f"Forbidden: {problem}")


def too_many_requests(retry_after: int) -> ApiError:
    """Return the 429 that asks to come back after *retry_after* seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})
