"""What the cloud holds is on disk within a minute, and whole at a stop, so that neither a kill nor a stop loses much.

The emulator saves at a graceful stop alone, every service each time, readable by everybody. Here what has changed is
saved every `STOWAGE_SAVE_SECONDS` too. All services are read on the serving loop, which answers nobody meanwhile: what
is saved fits together. The files are written beside it, and put in their places together. Objects of S3 stand on disk
as they come.

`POST /_ministack/save` saves at once and answers when it is done.

At SIGTERM, Step Functions' executions stand still before anything else ends: nothing that fails only because the cloud
is going down is ever told to them.
"""

import asyncio
import atexit
import hashlib
import json
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import hypercorn.asyncio
from ministack import app
from ministack.core import persistence
from ministack.services import stepfunctions as engine

from local.cloud import stepfunctions_history as history
from local.cloud.patching import replace_function

logger = logging.getLogger("saving")
PATH = "/_ministack/save"
Answer = tuple[int, dict[str, str], bytes]
Services = dict[str, Callable[[], Any]]
Texts = dict[str, str]

SAVE_SECONDS = float(os.environ.get("STOWAGE_SAVE_SECONDS", "60"))
TRIES = 5
"""A thread that works on may change a service's data while it is read; then it is read again."""
OWNER_ALONE = 0o600

_saved: dict[str, bytes] = {}
"""The hash of each service's text that is on disk."""


def changed(services: Services) -> Texts:
    """Give the text of each service that differs from what is on disk, by the service's name."""
    texts: Texts = {}
    for name, read in services.items():
        text = _text(name, read)
        if text is not None and _saved.get(name) != _hash(text):
            texts[name] = text
    return texts


def _text(name: str, read: Callable[[], Any]) -> str | None:
    for tries_left in reversed(range(TRIES)):
        try:
            state = read()
            wrapped = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
            return None if state is None else json.dumps(wrapped, default=persistence._json_default)
        except RuntimeError as busy:  # "dictionary changed size during iteration"
            if not tries_left:
                logger.warning("%s could not be saved this time: %s", name, busy)
        except Exception:  # the one boundary: a service that cannot be saved must not keep the others from it
            logger.exception("%s could not be saved", name)
            break
    return None


def write(texts: Texts) -> None:
    """Write files for their owner alone, then put all of them in their places."""
    folder = Path(persistence.STATE_DIR)
    written = {}
    for name, text in texts.items():
        path = folder / f"{name}.json.new"
        path.unlink(missing_ok=True)
        path.touch(mode=OWNER_ALONE)
        path.write_text(text)
        written[name] = path
    for name, path in written.items():
        path.replace(folder / f"{name}.json")
        _saved[name] = _hash(texts[name])


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def save_all(services: Services) -> None:
    """Save what has changed, now."""
    write(changed(services))


async def _save_now_and_then() -> None:
    while True:
        await asyncio.sleep(SAVE_SECONDS)
        began = time.monotonic()
        texts = changed(app._build_persistence_save_dict())
        read = time.monotonic()
        try:
            await asyncio.to_thread(write, texts)
        except OSError:
            logger.exception("The cloud's data could not be saved")
        logger.info("Saved %s; read in %.3f s, in all %.3f s", sorted(texts), read - began, time.monotonic() - began)


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    history.stand_still()


def _serve(original: Callable[[str, str], Answer | None]) -> Callable[[str, str], Answer | None]:
    def serve(path: str, method: str) -> Answer | None:
        if (path, method) != (PATH, "POST"):
            return original(path, method)
        save_all(app._build_persistence_save_dict())
        return HTTPStatus.OK.value, {"Content-Type": "application/json"}, b"{}"

    return serve


def _serving(original: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def serve(application: Any, config: Any) -> None:
        saver = asyncio.create_task(_save_now_and_then())
        try:
            await original(application, config, shutdown_trigger=_until_stopped)
        finally:
            saver.cancel()
        _end()

    return serve


def _end() -> None:
    """End the process, now that all is saved: Python itself would wait for every thread of a function or a Map."""
    Path(app._pid_file(int(os.environ["GATEWAY_PORT"]))).unlink(missing_ok=True)
    atexit._run_exitfuncs()
    logging.shutdown()
    os._exit(0)


def install() -> None:
    """Save by this module, at a stop and in between; let executions stand still at a stop."""
    replace_function(persistence.save_all, save_all)
    read_executions = engine.get_state

    def get_state() -> Any:
        with history.lock:
            return read_executions()

    engine.get_state = get_state
    # Not by its name: `lambda_workers` has put its own there.
    app._handle_lambda_download_request = _serve(app._handle_lambda_download_request)
    hypercorn.asyncio.serve = _serving(hypercorn.asyncio.serve)
