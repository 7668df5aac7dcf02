"""What the search and its workers say to each other: JSON, so that nothing read is a pickle."""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from typing import Any

Message = dict[str, Any]

# From the search: {"do": "begin", …}, {"do": "evaluate", "trial": …}, {"do": "stop", "number": n}
# From a worker: {"say": "ready" | "epoch" | "done" | "failed" | "broken", …}


def send(connection: Connection, message: Message) -> None:
    connection.send_bytes(json.dumps(message).encode())


def receive(connection: Connection) -> Message:
    """Wait for the next message.

    Raises:
        EOFError: the other side is gone.
    """
    message = json.loads(connection.recv_bytes())
    assert isinstance(message, dict)
    return message
