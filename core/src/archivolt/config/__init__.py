"""YAML to attrs and back, with errors a person can act on."""
