"""Discovery of plugins, the registry of components, and whose failure it was."""
