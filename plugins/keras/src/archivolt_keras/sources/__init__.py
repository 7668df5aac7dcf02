"""Sources for data that are arrays already: in memory, in a file, or in a stream."""
