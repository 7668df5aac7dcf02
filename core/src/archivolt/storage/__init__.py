"""The run folder: history database and artifacts."""
