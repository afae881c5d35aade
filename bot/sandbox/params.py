"""Parameters of a request, however they were sent: query, form, JSON or multipart; read as leniently as Telegram."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from bot.sandbox.errors import ApiError, bad_request

LARGEST_BODY = 50 * 1024 * 1024  # bytes, Telegram's limit for an upload


@dataclass(frozen=True, slots=True)
class Params:
    """Named values as received, and uploaded bytes by field name."""

    values: Mapping[str, object] = field(default_factory=dict)
    uploads: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Empty when absent."""
        value = self.values.get(name, "")
        if isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0) -> int:
        """`default` when absent or not a number, which Telegram does not complain of."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "yes", "1")

    def structure(self, name: str, called: str) -> object:
        """A JSON value, None when absent. `called` is what Telegram calls it in its complaint."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {called} JSON object") from error

    def upload(self, name: str) -> bytes | None:
        """The bytes sent as this field, or under the name its `attach://` points to."""
        if name in self.uploads:
            return self.uploads[name]
        return self.attached(self.text(name))

    def attached(self, reference: str) -> bytes | None:
        prefix = "attach://"
        return self.uploads.get(reference.removeprefix(prefix)) if reference.startswith(prefix) else None


async def read_params(request: Request) -> Params:
    """Raises ApiError for a body that cannot be read or is not UTF-8."""
    if int(request.headers.get("content-length") or 0) > LARGEST_BODY:
        raise ApiError(413, "Request Entity Too Large")
    values: dict[str, object] = dict(request.query_params)
    uploads: dict[str, bytes] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values |= await _json_object(request)
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            async with request.form() as form:
                for name, item in form.multi_items():
                    if isinstance(item, UploadFile):
                        uploads[name] = await item.read()
                    else:
                        values[name] = item
        except MultiPartException as error:
            raise bad_request("can't parse multipart form") from error
    for given in values.values():
        if isinstance(given, str) and any("\ud800" <= character <= "\udfff" for character in given):
            raise bad_request("strings must be encoded in UTF-8")
    return Params(values, uploads)


async def _json_object(request: Request) -> dict[str, object]:
    try:
        body = await request.json()
    except ValueError as error:
        raise bad_request("can't parse JSON object") from error
    if not isinstance(body, dict):
        raise bad_request("expected JSON object")
    return body
