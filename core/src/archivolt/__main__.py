"""`python -m archivolt` is the command `archivolt`."""

from archivolt.cli import main

main()
