"""Values: frozen, hashable, valid from birth, free of I/O."""
