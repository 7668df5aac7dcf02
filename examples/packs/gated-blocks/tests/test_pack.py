"""Everything that the pack registers keeps the promises of its kind."""

archivolt_pack = "gated_blocks"
