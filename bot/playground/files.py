"""Files that people and the bot upload: kept in memory, told apart by content, named by file ids that may be reused."""

import base64
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.playground.images import image_size
from bot.playground.wire import JsonObject, bad_request

DOWNLOAD_LIMIT = 20 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PlayFile:
    """
    A file that a person sends: its name, bytes and, for sound and film, its length in seconds.

    *pretend_size* lets it be huge, in bytes, without holding as much.
    """

    name: str
    data: bytes
    mime: str = ""
    duration: int = 1
    pretend_size: int | None = None

    @property
    def mime_type(self) -> str:
        """The type given, or the one the name suggests."""
        return self.mime or mimetypes.guess_type(self.name)[0] or "application/octet-stream"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file at the stand-in's side. `size` may be larger than the bytes: see `Files.add`."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    mime: str
    data: bytes
    size: int
    width: int
    height: int
    duration: int
    path: str

    def reference(self) -> JsonObject:
        """Return the members that every Bot API file object has."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class Files:
    """Every file by its id. The same bytes sent again as the same kind are the same file."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._by_id: dict[str, StoredFile] = {}
        self._by_content: dict[tuple[str, str, str], StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(self, kind: str, file: PlayFile, *, pretend_size: int | None = None) -> StoredFile:
        """Store *file* as *kind* ("photo", "voice", ...). *pretend_size* lets a test have a huge file cheaply."""
        pretend_size = file.pretend_size if pretend_size is None else pretend_size
        digest = hashlib.sha256(file.data).hexdigest()
        key = (kind, digest, file.name)
        known = self._by_content.get(key)
        if known is not None and pretend_size is None:
            return known
        number = len(self._by_id)
        width, height = image_size(file.data) or (0, 0)
        suffix = PurePosixPath(file.name).suffix or mimetypes.guess_extension(file.mime_type) or ""
        stored = StoredFile(
            file_id=_token(f"{self._seed}/{number}/{kind}/{digest}", 45, "AgAC" if kind == "photo" else "BQAC"),
            unique_id=_token(f"{self._seed}/{kind}/{file.name}/{digest}", 11, "AQAD"),
            kind=kind,
            name=file.name,
            mime=file.mime_type,
            data=file.data,
            size=len(file.data) if pretend_size is None else pretend_size,
            width=width,
            height=height,
            duration=file.duration,
            path=f"{_FOLDERS.get(kind, 'documents')}/file_{number}{suffix}",
        )
        self._by_id[stored.file_id] = stored
        self._by_content[key] = stored
        self._by_path[stored.path] = stored
        return stored

    def known(self, file_id: str) -> StoredFile | None:
        """Return the file of this id."""
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """Return the file at this download path."""
        return self._by_path.get(path)

    def reused(self, file_id: str, kind: str) -> StoredFile:
        """Return the file of *file_id* to be sent as *kind*; an unknown or unfit one is a 400."""
        if file_id.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        stored = self._by_id.get(file_id)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if stored.kind != kind:
            raise bad_request(
                f"can't use file of type {_NAMES.get(stored.kind, 'Document')} as {_NAMES.get(kind, 'Document')}"
            )
        return stored


_FOLDERS = {
    "photo": "photos", "voice": "voice", "video": "videos", "video_note": "video_notes", "audio": "music",
    "sticker": "stickers", "animation": "animations", "document": "documents",
}  # fmt: skip
_NAMES = {
    "photo": "Photo", "voice": "VoiceNote", "video": "Video", "video_note": "VideoNote", "audio": "Audio",
    "sticker": "Sticker", "animation": "Animation", "document": "Document",
}  # fmt: skip


def _token(seed: str, length: int, prefix: str) -> str:
    digest = hashlib.shake_128(seed.encode()).digest(length)
    return prefix + base64.urlsafe_b64encode(digest).decode().rstrip("=")
