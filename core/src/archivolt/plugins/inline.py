"""Inline plugins: Python files that a configuration names under `plugins`."""

from __future__ import annotations

import re
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from archivolt.plugins.origin import Origin

_DIGEST = "__archivolt_digest__"


def origin_of(path: Path) -> Origin:
    """Describe an inline file; its digest is empty where it cannot be read."""
    stem = re.sub(r"\W", "_", path.stem)
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError:
        digest = ""
    module = f"archivolt_inline_{stem}"
    return Origin(stem, module=module, file=str(path), digest=digest)


def import_file(origin: Origin) -> ModuleType:
    """Import an inline file under a name that depends on its stem alone.

    Fingerprints hold the module's name, so a copy of the file in a run folder must get the same
    one. The same content is imported once a process, so its classes stay the same objects.
    """
    present = sys.modules.get(origin.module)
    if present is not None and getattr(present, _DIGEST, None) == origin.digest:
        return present
    source = Path(origin.file).read_bytes()
    module = ModuleType(origin.module)
    module.__file__ = origin.file
    setattr(module, _DIGEST, sha256(source).hexdigest())
    code = compile(source, origin.file, "exec")
    # attrs looks the module up by name while it makes the classes.
    sys.modules[origin.module] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        if present is None:
            del sys.modules[origin.module]
        else:
            sys.modules[origin.module] = present
        raise
    return module
