"""Where bytes are kept under string keys: a folder (diskcache), or memory.

diskcache is used for its transactions and its files for large values, with its defaults turned
round: nothing is ever evicted, and neither keys nor values are ever pickled, so that a folder from
elsewhere can be opened without running anything in it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pathlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import diskcache
import platformdirs

from daggr_nb._interrupts import held_back, interrupt_pending, let_through
from daggr_nb._paths import private_folder, user_folder
from daggr_nb._provenance.blob import Blob, Draft, FileContent
from daggr_nb._provenance.log.connections import ConnectionPool
from daggr_nb._provenance.log.forks import watch_forks
from daggr_nb._provenance.log.memory import MemoryStore as MemoryStore
from daggr_nb._provenance.log.rows import Form, decode_row
from daggr_nb._provenance.log.writer import Writer
from daggr_nb.errors import DamagedError, StoreError, UntrustedError

T = TypeVar("T")

logger = logging.getLogger("daggr_nb")

_IN_ROW = 1 << 17  # bytes; larger values get a file each
_CACHE_PAGES = 512  # of 4 KB kept in memory for each connection; more gains no time
_BATCH = 500  # keys in one statement
_READERS = 4  # threads that read at once: more gain no time, and handles are few
_COUNTS = frozenset({"count", "size", "hits", "misses"})
_PRAGMAS: Mapping[str, Any] = {
    **{k: v for k, v in diskcache.DEFAULT_SETTINGS.items() if k.startswith("sqlite_")},
    "sqlite_cache_size": _CACHE_PAGES,
}
_BUSY_MILLISECONDS = 200  # that SQLite waits for another kernel at a time
_NOTICE_SECONDS = 2.0  # of waiting for another kernel before that is said
_PATIENCE_SECONDS = 20.0  # of waiting for another kernel
_UPSERT = (
    "INSERT INTO Cache(key, raw, store_time, expire_time, access_time, access_count, tag, size, "
    "mode, filename, value) VALUES (?, 1, ?, NULL, ?, 0, NULL, 0, 1, NULL, ?) "
    "ON CONFLICT(key, raw) DO UPDATE SET store_time = excluded.store_time, size = 0, mode = 1, "
    "filename = NULL, value = excluded.value"
)
_IN_RANGE = "key >= ? AND key < ?"
DATABASE = "cache.db"
_RESERVE = "reserve"
_RESERVE_BYTES = 1_000_000
_PLENTY = 4 * _RESERVE_BYTES  # that are free where some can be reserved
_DRAFTS = "drafts"
_DRAFT_SECONDS = 86_400  # after which nobody waits for a draft
_TRIES = 10
_RAW, _FILE = 1, 2  # diskcache's modes for a value in the row and a value in a file


@dataclass(frozen=True)
class DatabaseRow:
    """A row of a database, with the name of its file if it has one."""

    key: str
    size: int
    mode: int
    filename: str | None
    value: bytes | None


class Store(Protocol):
    """Bytes by key, with transactions. ``size`` is in bytes, about; ``folder`` is on disk.

    ``write`` calls a function in one transaction and returns what it returns: all that it writes
    is there then, or nothing if it raises. Within it more calls are part of it. It must not wait
    for anything that its caller holds, as another thread may run it. ``snapshot`` calls a function
    that finds all as it is now, whatever is written meanwhile.
    ``set_rows``, ``get_rows`` and ``rows`` do many keys at once, for short values only. ``draft``
    writes a large value ahead, outside any transaction; ``file`` is where a value has one.
    ``notice`` is what is to be said of it. ``on_waiting`` takes a function that says what a writer
    waits for, and with "" that it does not any more; another thread may call it. ``make_room``
    gives up what is reserved for letting go of things when the disk is full.
    """

    @property
    def folder(self) -> pathlib.Path | None: ...

    @property
    def notice(self) -> str: ...

    def on_waiting(self, tell: Callable[[str], object]) -> None: ...
    def get(self, key: str) -> bytes | None: ...
    def has(self, key: str) -> bool: ...
    def set(self, key: str, value: Blob) -> None: ...
    def draft(self, chunks: Iterable[Any]) -> Blob: ...
    def file(self, key: str) -> pathlib.Path | None: ...
    def set_rows(self, rows: Mapping[str, bytes]) -> None: ...
    def get_rows(self, keys: Iterable[str]) -> dict[str, bytes]: ...
    def delete(self, key: str) -> None: ...
    def keys(self, prefix: str) -> Iterator[str]: ...
    def rows(self, prefix: str) -> list[tuple[str, bytes]]: ...
    def size(self) -> int: ...
    def make_room(self) -> None: ...
    def write(self, function: Callable[[], T]) -> T: ...
    def snapshot(self, function: Callable[[], T]) -> T: ...
    def written_since(self, prefix: str, at: float) -> list[str]: ...
    def close(self) -> None: ...


def read_json(
    store: Store, key: str, form: Form, make: Callable[[Any], T] = lambda content: content
) -> T | None:
    """Return what ``make`` makes of the JSON under ``key``, which is to have a ``form``.

    Raises :class:`~daggr_nb.errors.DamagedError`, which names the key, when it makes no sense.
    """
    data = store.get(key)
    if data is None:
        return None
    try:
        return make(decode_row(data, form))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise DamagedError(f"{key!r} in the store cannot be read: {error}.") from error


class DiskStore:
    """Keeps everything in ``folder``, which only its owner may enter (mode 0700)."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.notice = ""
        self._writer = Writer()
        try:
            private_folder(folder)
            folder.chmod(0o700)
            _look_at_database(folder / DATABASE)
            self._cache = _BatchCache(
                _Literal(folder),
                disk=_BytesDisk,
                disk_min_file_size=_IN_ROW,
                eviction_policy="none",
                cull_limit=0,
            )
            self._cache.opened(self._writer)
            self._look_for_lost_rows()
            self._sweep()
            self._reserve_room()
            self._cache.close()  # of whatever thread this is
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"The store in {folder} cannot be opened: {error}. {self._remedy(error)}Choose "
                "another folder with store= or DAGGR_NB_HOME, or persist_key=False to keep nothing."
            ) from error

    def _remedy(self, error: Exception) -> str:
        """Say what to do about a database that is damaged, rather than busy or out of reach."""
        damaged = isinstance(error, sqlite3.DatabaseError)
        if not damaged or isinstance(error, sqlite3.OperationalError):
            return ""
        return (
            f"To go on with what can still be read, end all kernels that use it and call "
            f"daggr_nb.salvage({str(self.folder)!r}); the damaged database is moved aside. "
        )

    def on_waiting(self, tell: Callable[[str], object]) -> None:
        self._cache.tell_waiting = tell

    def _look_for_lost_rows(self) -> None:
        """Say so if there are values in the folder, but nothing that says what they are."""
        if not self._cache.keys_from("") and next(self.folder.glob("??/??/*.val"), None):
            self.notice = (
                f"The store in {self.folder} has values, but no records of them: its {DATABASE} is "
                f"new or empty. If it was copied or restored without {DATABASE}-wal beside it, put "
                "that back before you go on."
            )
            logger.warning("%s", self.notice)

    def get(self, key: str) -> bytes | None:
        try:
            with self._cache.borrowed():
                value: bytes | None = self._cache.get(key, retry=True)
        except (OSError, sqlite3.Error) as error:
            problem = f"{key!r} in {self.folder} cannot be read: {error}."
            raise DamagedError(f"{problem} {self._remedy(error)}".rstrip()) from error
        return value

    def has(self, key: str) -> bool:
        with self._cache.borrowed():
            if key not in self._cache:
                return False
        try:
            path = self.file(key)
        except UntrustedError:  # what is written next takes its place
            return False
        return path is None or path.exists()

    def set(self, key: str, value: Blob) -> None:
        blob = value
        if isinstance(value, (tuple, FileContent)):
            chunks = value.blocks() if isinstance(value, FileContent) else value
            blob = as_copy(self.draft(chunks))
        try:
            self.write(lambda: self._cache.set(key, blob, retry=True))
        finally:
            if isinstance(blob, Draft) and blob.copy:  # nobody else knows of it
                blob.path.unlink(missing_ok=True)

    def draft(self, chunks: Iterable[Any]) -> Blob:
        """Write a large value into a file of its own; raises StoreError when there is no room."""
        path = self.folder / _DRAFTS / os.urandom(12).hex()
        if path.parent.is_symlink():  # a foreign store may have put it there
            raise StoreError(
                f"{path.parent} is a link, which could lead anywhere, so nothing is written there. "
                "Take it away; what it leads to stays as it is."
            )
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with path.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
                return Draft(path, file.tell())
        except OSError as error:
            path.unlink(missing_ok=True)
            raise StoreError(f"A value cannot be written to {self.folder}: {error}.") from error
        except BaseException:  # of what is read meanwhile
            path.unlink(missing_ok=True)
            raise

    def _sweep(self) -> None:
        """Remove drafts that a killed kernel has left, once no kernel can want them any more."""
        if (self.folder / _DRAFTS).is_symlink():  # the files there may be anybody's
            return
        for path in (self.folder / _DRAFTS).glob("*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < time.time() - _DRAFT_SECONDS:
                    path.unlink()

    def file(self, key: str) -> pathlib.Path | None:
        with self._cache.borrowed():
            filename = self._cache.file_of(key)
        return _own_file(self.folder, filename) if filename else None

    def set_rows(self, rows: Mapping[str, bytes]) -> None:
        self.write(lambda: self._cache.set_rows(rows))

    def get_rows(self, keys: Iterable[str]) -> dict[str, bytes]:
        with self._reading():
            return self._cache.get_rows(list(keys))

    def delete(self, key: str) -> None:
        self.write(lambda: self._cache.delete(key, retry=True))

    def keys(self, prefix: str) -> Iterator[str]:
        with self._reading():
            return iter(self._cache.keys_from(prefix))

    def rows(self, prefix: str) -> list[tuple[str, bytes]]:
        with self._reading():
            return self._cache.rows_from(prefix)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with self._cache.borrowed():
                yield
        except sqlite3.Error as error:
            problem = f"The store in {self.folder} cannot be read: {error}."
            raise DamagedError(f"{problem} {self._remedy(error)}".rstrip()) from error

    def size(self) -> int:
        with self._cache.borrowed():
            return int(self._cache.volume())

    def write(self, function: Callable[[], T]) -> T:
        return self._writer.call(lambda: self._in_transaction(function))

    def _in_transaction(self, function: Callable[[], T]) -> T:
        try:
            with self._cache.disk.deferring_removal(), self._cache.transact(retry=True):
                return function()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"The store in {self.folder} cannot be written: {error}. "
                + (
                    self._remedy(error)
                    or "Nothing recorded before is lost; make room or choose another folder with "
                    "store=."
                )
            ) from error

    def make_room(self) -> None:
        """Give up the reserve: to let go of something takes room, too."""
        (self.folder / _RESERVE).unlink(missing_ok=True)
        self._writer.call(self._cache.checkpoint)

    def _reserve_room(self) -> None:
        """Keep some room for letting go of things when the disk is full, if there is plenty now."""
        path = self.folder / _RESERVE
        with contextlib.suppress(OSError):
            if not path.exists() and shutil.disk_usage(self.folder).free > _PLENTY:
                with path.open("xb") as file:
                    file.write(bytes(_RESERVE_BYTES))

    def snapshot(self, function: Callable[[], T]) -> T:
        with held_back(), self._cache.connection_of_its_own(), self._reading():
            try:
                self._cache.begin_reading()
                with let_through():
                    return function()
            finally:
                self._cache.end_reading()

    def written_since(self, prefix: str, at: float) -> list[str]:
        with self._reading():
            return self._cache.keys_since(prefix, at)

    def insert_rows(self, rows: Iterable[DatabaseRow]) -> None:
        """Insert rows of another database of this folder; those without their file are left out."""
        complete_rows = [
            (row.key, row.size, row.mode, row.filename, row.value)
            for row in rows
            if row.filename is None
            or (_is_inside(self.folder, row.filename) and (self.folder / row.filename).is_file())
        ]
        self.write(lambda: self._cache.insert_rows(complete_rows))

    def close(self) -> None:
        self._writer.close(self._cache.close_whole)
        self._cache.close_readers()
        self._cache.close()


class _BatchCache(diskcache.Cache):  # type: ignore[misc]
    """Reads and writes a batch of rows with one statement; one at a time costs three times as much.

    Only for values that never were longer than a row may be: no file is looked for.

    The writer and the main thread have a connection each; other threads, which may be hundreds,
    borrow one of a few.
    """

    _txn_id: int | None
    _readers: ConnectionPool | None = None
    _former: ConnectionPool | None = None
    _identity: tuple[int, int] | None = None
    _writer: Writer | None = None
    tell_waiting: Callable[[str], object] = staticmethod(lambda text: None)

    def opened(self, writer: Writer) -> None:
        """Note which file the database is, and who writes to it."""
        self._identity, self._writer = self._file_identity(), writer
        self.renew()
        watch_forks(self)

    def pause(self) -> None:
        """Let nobody read while a process is forked: SQLite has locks of its own."""
        if self._readers is not None:
            self._readers.pause()

    def resume(self) -> None:
        if self._readers is not None:
            self._readers.resume()

    def renew(self) -> None:
        """Begin without what is open: another process may not use it."""
        self._txn_id = None
        self._former = self._readers  # not closed: SQLite may not do that in another process
        self._readers = ConnectionPool(self._connect, _READERS)

    def _connect(self) -> sqlite3.Connection:
        """Return a connection for reading, which threads hand on."""
        self.check_there()  # or SQLite would make a new one
        path = os.path.join(self._directory, DATABASE)
        connection = sqlite3.connect(
            path, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        connection.text_factory = _text
        for name in ("sqlite_cache_size", "sqlite_mmap_size"):
            connection.execute(f"PRAGMA {name.removeprefix('sqlite_')} = {_PRAGMAS[name]}")
        return connection

    @contextlib.contextmanager
    def borrowed(self) -> Iterator[None]:
        """Let this thread read within the block, on a connection that others use before and after.

        Nobody may wait for anything else meanwhile.
        """
        pool = self._readers
        has_own = getattr(self._local, "con", None) is not None
        if pool is None or has_own or threading.current_thread() is threading.main_thread():
            yield
            return
        connection = pool.take()
        self._local.con, self._local.pid = connection, os.getpid()
        try:
            yield
        finally:
            del self._local.con
            pool.give(connection)

    @contextlib.contextmanager
    def connection_of_its_own(self) -> Iterator[None]:
        """Give this thread a connection for long, which is closed at the end of the block."""
        had_own = getattr(self._local, "con", None) is not None
        try:
            _ = self._con
            yield
        finally:
            if not had_own:
                self.close()

    def close_readers(self) -> None:
        """Close what threads borrow; they get new ones when they have to."""
        if self._readers is not None:
            former, self._readers = self._readers, ConnectionPool(self._connect, _READERS)
            former.close()

    def _file_identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(os.path.join(self._directory, DATABASE))
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def check_there(self) -> None:
        """Raise if the database is another file than that which was opened, or none."""
        if self._identity is not None and self._file_identity() != self._identity:
            raise StoreError(
                f"The store is gone: {os.path.join(self._directory, DATABASE)} was moved, deleted "
                "or replaced while it was in use. What is new is in memory only. Put it back, and "
                "all is recorded; or open another one with store=."
            )

    @property
    def _con(self) -> sqlite3.Connection:
        is_new = getattr(self._local, "con", None) is None
        if is_new:
            self.check_there()  # or SQLite would make a new one
        connection: sqlite3.Connection = super()._con
        if is_new:
            connection.text_factory = _text
        return connection

    def checkpoint(self) -> None:
        """Move everything into the database itself, and leave the journal beside it empty."""
        with contextlib.suppress(sqlite3.Error, StoreError):
            self.check_there()
            self._con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close_whole(self) -> None:
        """Close, so that the database can be copied alone."""
        self.checkpoint()
        self.close()

    def reset(self, key: str, value: Any = diskcache.core.ENOVAL, update: bool = True) -> Any:
        """Read and set what diskcache has settings for; a database names any others, and pragmas.

        diskcache makes a statement of each of these, and an attribute of its own.
        """
        if key.startswith("sqlite_"):
            value = _PRAGMAS.get(key)
        if value is None or not (key in diskcache.DEFAULT_SETTINGS or key in _COUNTS):
            return None
        return super().reset(key, value, update)

    @contextlib.contextmanager
    def _transact(self, retry: bool = False, filename: str | None = None) -> Iterator[Any]:
        """As diskcache does, but wait for locks only, and leave no transaction open.

        diskcache asks again for ever when the disk is full, or the folder is gone.
        """
        if self._txn_id == threading.get_ident():
            replaced: list[str | None] = []
            yield self._sql, replaced.append
            self._remove(replaced)
            return
        connection = self._con
        self._begin(connection, retry, filename)
        self._txn_id = threading.get_ident()
        replaced = []
        try:
            yield connection.execute, replaced.append
            self._txn_id = None
            connection.execute("COMMIT")
        except BaseException:
            self._txn_id = None
            if connection.in_transaction:  # some errors have ended it already
                connection.execute("ROLLBACK")
            raise
        self._remove(replaced)

    def _begin(self, connection: sqlite3.Connection, retry: bool, filename: str | None) -> None:
        try:
            self.check_there()
            if connection.in_transaction:  # whoever began it is gone
                connection.execute("ROLLBACK")
            self._wait_for_lock(connection, retry)
        except BaseException:
            self._remove([filename])
            raise

    def _wait_for_lock(self, connection: sqlite3.Connection, retry: bool) -> None:
        if not retry:
            connection.execute("BEGIN IMMEDIATE")
            return
        is_main = self._writer is not None and self._writer.for_main
        _begin_when_free(
            connection, self._directory, self._tell, lambda: is_main and interrupt_pending()
        )

    def _tell(self, text: str) -> None:
        _warn(text)
        try:
            self.tell_waiting(text)
        except Exception:
            logger.exception("daggr_nb could not say what it waits for")

    def _remove(self, names: Iterable[str | None]) -> None:
        for name in names:
            if name is not None:
                self.disk.remove(name)

    def set_rows(self, rows: Mapping[str, bytes]) -> None:
        now = time.time()
        with self._transact(retry=True):
            self._con.executemany(_UPSERT, [(key, now, now, value) for key, value in rows.items()])

    def insert_rows(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows as they were."""
        now = time.time()
        insert = (
            "INSERT OR REPLACE INTO Cache(key, raw, store_time, access_time, access_count, size, "
            "mode, filename, value) VALUES (?, 1, ?, ?, 0, ?, ?, ?, ?)"
        )
        with self._transact(retry=True):
            self._con.executemany(insert, [(key, now, now, *fields) for key, *fields in rows])

    def file_of(self, key: str) -> str | None:
        """Return the file of a value that has one."""
        select = "SELECT filename FROM Cache WHERE raw = 1 AND key = ?"
        row = self._con.execute(select, (key,)).fetchone()
        return row[0] if row else None

    def keys_from(self, prefix: str) -> list[str]:
        """Return the keys that begin with ``prefix``, in order."""
        select = f"SELECT key FROM Cache WHERE raw = 1 AND {_IN_RANGE} ORDER BY key"
        return _keys(self._con.execute(select, _range(prefix)))

    def keys_since(self, prefix: str, at: float) -> list[str]:
        select = f"SELECT key FROM Cache WHERE raw = 1 AND store_time >= ? AND {_IN_RANGE}"
        return _keys(self._con.execute(select, (at, *_range(prefix))))

    def begin_reading(self) -> None:
        """Let this thread read all as it is now, until :meth:`end_reading`."""
        self._con.execute("BEGIN")
        self._con.execute("SELECT key FROM Cache LIMIT 1").fetchall()  # a snapshot begins so

    def end_reading(self) -> None:
        if self._con.in_transaction:
            self._con.execute("ROLLBACK")

    def rows_from(self, prefix: str) -> list[tuple[str, bytes]]:
        select = f"SELECT key, value FROM Cache WHERE raw = 1 AND mode = 1 AND {_IN_RANGE}"
        rows = self._con.execute(f"{select} ORDER BY key", _range(prefix))
        return [(key, _cell(value)) for key, value in rows if type(key) is str]

    def get_rows(self, keys: list[str]) -> dict[str, bytes]:
        values: dict[str, bytes] = {}
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            marks = ",".join("?" * len(batch))
            select = f"SELECT key, value FROM Cache WHERE raw = 1 AND mode = 1 AND key IN ({marks})"
            values.update((key, _cell(value)) for key, value in self._con.execute(select, batch))
        return values


class _NoText(str):
    """What a foreign database has as text, and is none: nobody finds it by that."""

    __slots__ = ()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _NoText(data.decode(errors="replace"))


def _keys(rows: Iterable[tuple[Any]]) -> list[str]:
    """Return keys such as this package writes; whatever else there is is nobody's."""
    return [key for (key,) in rows if type(key) is str]


def _cell(value: Any) -> bytes:
    """Return what a row holds; a foreign database may have put text or a number there."""
    return value if isinstance(value, bytes) else b""


def _range(prefix: str) -> tuple[str, str]:
    """Return the bounds of all texts that begin with ``prefix``."""
    return prefix, prefix + chr(0x10FFFF)


class _Literal(str):
    """A path that diskcache takes as it is: it would put environment variables in."""

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def __contains__(self, part: object) -> bool:
        return part not in ("$", "%") and str.__contains__(self, part)  # type: ignore[operator]


class _BytesDisk(diskcache.Disk):  # type: ignore[misc]
    """Stores text keys and bytes only, and refuses to unpickle what somebody else put there.

    A file that a transaction replaces goes when the transaction is on disk: diskcache removes it
    before, and a kill in between would lose what was recorded.
    """

    def __init__(self, directory: str, **settings: Any) -> None:  # of which a database has others
        super().__init__(directory, min_file_size=_IN_ROW)
        self._local = threading.local()

    @contextlib.contextmanager
    def deferring_removal(self) -> Iterator[None]:
        """Keep files that are replaced or deleted within the block until it ends well.

        If it does not, the files that it has written go again, and drafts are drafts again.
        """
        if getattr(self._local, "removals", None) is not None:
            yield
            return
        removals: list[str] = []
        new_files: list[tuple[str, Draft | None]] = []
        self._local.removals, self._local.new_files = removals, new_files
        try:
            yield
        except BaseException:
            self._local.removals = None
            for filename, draft in new_files:
                self._undo_file(filename, draft)
            raise
        finally:
            self._local.removals = self._local.new_files = None
        for path in removals:
            self.remove(path)

    def _undo_file(self, filename: str, draft: Draft | None) -> None:
        path = pathlib.Path(self._directory) / filename
        with contextlib.suppress(OSError):
            if draft is None:
                path.unlink()
            else:
                path.rename(draft.path)
                os.utime(draft.path)  # young again, so that nobody sweeps it away

    def _note_file(self, filename: str, draft: Draft | None = None) -> None:
        new_files = getattr(self._local, "new_files", None)
        if new_files is not None:
            new_files.append((filename, draft))

    def put(self, key: Any) -> tuple[Any, bool]:
        return key, True

    def get(self, key: Any, raw: bool) -> Any:
        if not raw:
            raise UntrustedError("The store holds a pickled key, which is never loaded.")
        return key

    def store(self, value: bytes | Draft, read: bool, key: Any = None) -> tuple[Any, ...]:
        if isinstance(value, Draft):
            filename, full_path = self.filename(key, b"")
            self._move(value.path, pathlib.Path(full_path))
            self._note_file(filename, None if value.copy else value)
            return value.size, _FILE, filename, None
        if len(value) < self.min_file_size:
            return 0, _RAW, None, sqlite3.Binary(value)
        filename, full_path = self.filename(key, value)
        self._note_file(filename)
        self._write(full_path, iter((value,)), "xb")
        return len(value), _FILE, filename, None

    def filename(self, key: Any = None, value: Any = None) -> tuple[str, str]:
        """Return a new name for a file, in no folder that a foreign store has linked elsewhere."""
        for _ in range(_TRIES):
            filename, full_path = super().filename(key, value)
            if _is_inside(pathlib.Path(self._directory), filename):
                return filename, full_path
        raise UntrustedError(
            f"The folders for values in {self._directory} are links, which could lead anywhere, so "
            "nothing is written there. Take them away; what they lead to stays as it is."
        )

    @staticmethod
    def _move(draft: pathlib.Path, target: pathlib.Path) -> None:
        """Put a draft in its place; another kernel may remove a folder as soon as it is empty."""
        for attempt in range(_TRIES):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                draft.rename(target)
                return
            except FileNotFoundError:
                if attempt == _TRIES - 1 or not draft.exists():
                    raise

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> bytes:
        if mode == _RAW:
            return _cell(value)
        if mode == _FILE and filename is not None:
            return _own_file(pathlib.Path(self._directory), filename).read_bytes()
        raise UntrustedError("The store holds a pickled value, which is never loaded.")

    def remove(self, file_path: str) -> None:
        removals = getattr(self._local, "removals", None)
        if removals is not None:
            removals.append(file_path)
        elif _is_inside(pathlib.Path(self._directory), file_path):
            super().remove(file_path)
        else:  # the row that named it is gone, and what it named is not ours
            logger.warning("%r leads out of the store, so it is not removed.", file_path)


def _begin_when_free(
    connection: sqlite3.Connection,
    directory: str,
    tell: Callable[[str], object],
    is_pressed: Callable[[], bool],
) -> None:
    """Begin to write as soon as no other kernel does; says so if that takes long."""
    begin, is_told = time.monotonic(), False
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
            waited = time.monotonic() - begin
            if waited > _PATIENCE_SECONDS or is_pressed():
                raise StoreError(
                    f"The store in {directory} cannot be written: another kernel has been "
                    f"writing to it for {waited:.0f} s. Nothing is lost, it is tried again; end "
                    "that kernel if it hangs."
                )
            if waited > _NOTICE_SECONDS and not is_told:
                is_told = True
                tell(f"Waits for another kernel that writes to {directory}.")
    finally:
        if is_told:
            tell("")


def _look_at_database(database: pathlib.Path) -> None:
    """Raise if a database is damaged, as far as can be seen; wait for a kernel that writes to it.

    Opening would do that for a minute without a word. The file is opened by SQLite alone: when a
    process closes a file that it has opened otherwise, all locks that it has on it are gone, and
    another process may throw away the journal that this one goes on writing to, see
    https://www.sqlite.org/howtocorrupt.html.
    """
    if not database.exists():
        return
    is_main = threading.current_thread() is threading.main_thread()
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        folder = str(database.parent)
        _begin_when_free(connection, folder, _warn, lambda: is_main and interrupt_pending())
        _check_length(database, connection)  # while nobody else writes
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def _warn(text: str) -> None:
    if text:
        logger.warning("%s", text)


def _check_length(database: pathlib.Path, connection: sqlite3.Connection) -> None:
    """Raise if a database is shorter than it says: SQLite may notice only when it gets there.

    What a journal beside it holds may be missing.
    """
    journal = database.with_name(f"{database.name}-wal")
    if journal.exists() and journal.stat().st_size:
        return
    (size,), (pages,) = (
        connection.execute(f"PRAGMA {what}").fetchone() for what in ("page_size", "page_count")
    )
    if 0 < database.stat().st_size < size * pages:  # an empty one is about to be made
        raise sqlite3.DatabaseError(
            f"{database.name} is shorter than the {size * pages} bytes it was"
        )


def as_copy(blob: Blob) -> Blob:
    """Return what somebody has just written ahead, so that it goes if it is not written."""
    return replace(blob, copy=True) if isinstance(blob, Draft) else blob


def _own_file(folder: pathlib.Path, filename: str) -> pathlib.Path:
    """Return the path of a value's file; a foreign store may have put a link in its place."""
    path = folder / _safe_filename(filename)
    if os.path.realpath(path) != os.path.join(os.path.realpath(folder), os.path.normpath(filename)):
        raise UntrustedError(
            f"{path} is a link, which could lead to any file of this machine, and is not followed. "
            "Put the file itself in its place, or run the node again."
        )
    return path


def _is_inside(folder: pathlib.Path, filename: str) -> bool:
    """Whether a value's file lies in a folder of the store, and not in one that is linked there."""
    try:
        parent = os.path.dirname(os.path.normpath(_safe_filename(filename)))
    except UntrustedError:
        return False
    return os.path.realpath(folder / parent) == os.path.normpath(
        os.path.join(os.path.realpath(folder), parent)
    )


def _safe_filename(filename: Any) -> str:
    """Return the name of a value's file, which a foreign store may have placed anywhere."""
    is_name = isinstance(filename, str) and "\x00" not in filename
    path = pathlib.PurePath(filename if is_name else "..")
    if path.is_absolute() or ".." in path.parts:
        raise UntrustedError(f"The store names a file outside its folder, {filename!r}.")
    return str(filename)


def default_home() -> pathlib.Path:
    """Return the folder for stores: ``DAGGR_NB_HOME``, else the user's data folder."""
    override = os.environ.get("DAGGR_NB_HOME")
    return pathlib.Path(override) if override else user_folder(platformdirs.user_data_path)


def home_folder(home: str | os.PathLike[str] | None) -> pathlib.Path:
    """Return the folder for stores as it is to be from now on, wherever the kernel goes."""
    try:
        folder = pathlib.Path(home if home is not None else default_home())
        return pathlib.Path(os.path.abspath(folder.expanduser()))
    except (OSError, RuntimeError) as error:
        raise StoreError(
            f"There is no place for results: {error}. Say where with store= or DAGGR_NB_HOME, or "
            "persist_key=False to keep nothing."
        ) from error


def open_store(key: str | None, home: str | os.PathLike[str] | None) -> Store:
    """Open the store of the graph ``key`` below ``home``; ``None`` as key keeps it in memory."""
    if key is None:
        return MemoryStore()
    return DiskStore(home_folder(home) / key)
