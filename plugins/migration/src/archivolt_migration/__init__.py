"""Migration to Archivolt: reads the configurations of Model Search (Mazzawi and Gonzalvo, 2021)."""

__version__ = "0.1.0"
