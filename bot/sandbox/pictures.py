"""Photos as the server keeps them: bytes, their size in pixels, and the names they are asked for by."""

import hashlib
from dataclasses import dataclass

from bot.sandbox.errors import bad_request

LARGEST_PHOTO = 10 * 1024 * 1024  # bytes
LARGEST_SIDES = 10_000  # pixels, width and height together
LARGEST_RATIO = 20
THUMBNAIL_SIDE = 320  # pixels
KEPT = 600  # photos; an endless demo must not fill the memory

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"


@dataclass(frozen=True, slots=True)
class Photo:
    """One upload. Uploading the same bytes again makes another photo, as at Telegram."""

    unique_id: str
    data: bytes
    width: int
    height: int

    @property
    def media_type(self) -> str:
        return "image/png" if self.data.startswith(PNG) else "image/jpeg"

    @property
    def path(self) -> str:
        return f"photos/{self.unique_id}.{'png' if self.media_type == 'image/png' else 'jpg'}"

    def sizes(self) -> list[dict[str, object]]:
        """Small and full, as `Message.photo` lists them. Both names lead to the same bytes."""
        scale = THUMBNAIL_SIDE / max(self.width, self.height, THUMBNAIL_SIDE)
        small = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
        return [self._size("s", small), self._size("x", (self.width, self.height))]

    def _size(self, letter: str, sides: tuple[int, int]) -> dict[str, object]:
        return {
            "file_id": f"{letter}-{self.unique_id}",
            "file_unique_id": f"{letter}{self.unique_id}",
            "width": sides[0],
            "height": sides[1],
            "file_size": len(self.data),
        }


class Photos:
    """The newest photos, by name. The oldest are forgotten, and then answer like a wrong identifier."""

    def __init__(self) -> None:
        self._photos: dict[str, Photo] = {}
        self._uploads = 0

    def add(self, data: bytes) -> Photo:
        """Raises ApiError when Telegram would not take these bytes for a photo."""
        if not data:
            raise bad_request("file must be non-empty")
        if len(data) > LARGEST_PHOTO:
            raise bad_request("file is too big")
        sides = sides_of(data)
        if sides is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        if sum(sides) > LARGEST_SIDES or max(sides) > LARGEST_RATIO * min(sides):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        self._uploads += 1
        name = hashlib.sha256(self._uploads.to_bytes(8, "big") + data).hexdigest()[:20]
        photo = Photo(name, data, *sides)
        self._photos[name] = photo
        if len(self._photos) > KEPT:
            del self._photos[next(iter(self._photos))]
        return photo

    def by_file_id(self, file_id: str) -> Photo | None:
        return self._photos.get(file_id.partition("-")[2])

    def by_path(self, path: str) -> Photo | None:
        photo = self._photos.get(path.removeprefix("photos/").partition(".")[0])
        return photo if photo is not None and photo.path == path else None


def sides_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or JPEG; None for anything else or a cut header."""
    if data.startswith(PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        sides = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    elif data.startswith(JPEG):
        sides = _jpeg_sides(data)
    else:
        return None
    return sides if min(sides) > 0 else None


def _jpeg_sides(data: bytes) -> tuple[int, int]:
    """Walks the segments to the first start-of-frame, where the sides are written."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # tables and extensions between
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0, 0
