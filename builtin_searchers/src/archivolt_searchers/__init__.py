"""Search strategies, mutators and schedulers for Archivolt."""
