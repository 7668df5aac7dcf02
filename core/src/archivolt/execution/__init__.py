"""Where evaluations run: this process, and a pool of worker processes on this machine."""
