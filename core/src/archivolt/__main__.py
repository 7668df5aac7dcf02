"""`python -m archivolt` is the command `archivolt`."""

from archivolt.cli import main

if __name__ == "__main__":
    main()
