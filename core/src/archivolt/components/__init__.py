"""Base classes of everything pluggable; see `archivolt.hookspecs` for how they are registered."""
