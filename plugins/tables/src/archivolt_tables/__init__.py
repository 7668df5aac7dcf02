"""Tables of data for Archivolt: CSV, Parquet and data frames."""
