"""The command line: it reads, asks and draws, and decides nothing."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `archivolt`; every told failure ends with exit status 1 and a message, no traceback."""
    from archivolt.errors import ArchivoltError

    try:
        from archivolt.cli.app import app  # Ctrl-C may come while it is imported

        app()
    except ArchivoltError as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)  # whoever read our output, `head` for one, has enough
    except OSError as error:
        if error.errno is None:
            raise
        place = f"{error.filename}: " if error.filename else ""
        fail(f"{place}{error.strerror}")


def fail(message: str) -> None:
    """Tell what went wrong and end with exit status 1."""
    print(f"error: {message}", file=sys.stderr)
    sys.exit(1)
