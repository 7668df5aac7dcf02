"""Where components come from: the entry point of a distribution, a file, or this process."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Origin:
    """One plugin, whether it could be loaded or not."""

    name: str  # the entry point, the stem of a file, or what Python called it
    distribution: str = ""  # "" for files and objects
    version: str = ""
    module: str = ""  # what is imported, "package.module" or "package.module:attribute"
    file: str = ""  # an inline file's path
    digest: str = ""  # of the inline file's content
    label: str = field()  # qualifies the components: `name`, unless another plugin has it too

    @label.default
    def _label(self) -> str:
        return self.name

    @property
    def version_told(self) -> str:
        """The distribution with its version; for a file, its name with the digest."""
        if self.distribution:
            return f"{self.distribution} {self.version}"
        return f"{self.name} {self.digest}".rstrip()

    def answers_to(self, name: str) -> bool:
        """Tell whether `name` means this plugin, as a qualifier or on the command line."""
        return bool(name) and name in (self.label, self.name, self.distribution)

    def __str__(self) -> str:
        if self.distribution:
            return f"{self.distribution} {self.version} (entry point {self.name!r})"
        return self.file or f"the plugin {self.name!r}"
